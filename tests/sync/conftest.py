"""The racy twins, compiled once for a run of the tests."""

import sys
from pathlib import Path
from types import ModuleType

import pytest
from tests.ext.build import compile_extension, load_extension


@pytest.fixture(scope="session")
def racy_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the compiled twins are."""
    if sys.platform == "win32":
        pytest.skip("the twins are compiled by a command line of gcc or clang")
    return compile_extension("racy", tmp_path_factory.mktemp("racy"))


@pytest.fixture(scope="session")
def racy(racy_path: Path) -> ModuleType:
    """The module with RacyInteger and RacyReference."""
    return load_extension(racy_path)


@pytest.fixture(scope="session")
def racy_counters(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """The module with RacyHashedCounter, RacyMovingCounter and RacyFlag."""
    if sys.platform == "win32":
        pytest.skip("the twins are compiled by a command line of gcc or clang")
    return load_extension(compile_extension("racy_counters", tmp_path_factory.mktemp("racy_counters")))


@pytest.fixture(scope="session")
def racy_once(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """The module with RacyOnce and RacyLazy."""
    if sys.platform == "win32":
        pytest.skip("the twins are compiled by a command line of gcc or clang")
    return load_extension(compile_extension("racy_once", tmp_path_factory.mktemp("racy_once")))


@pytest.fixture(scope="session")
def racy_cache(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """The module with RacyBound and RacySlots."""
    if sys.platform == "win32":
        pytest.skip("the twins are compiled by a command line of gcc or clang")
    return load_extension(compile_extension("racy_cache", tmp_path_factory.mktemp("racy_cache")))


def racy_queue(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """The module with UnlockedQueue and EarlyQueue."""
    if sys.platform == "win32":
        pytest.skip("the twins are compiled by a command line of gcc or clang")
    return load_extension(compile_extension("racy_queue", tmp_path_factory.mktemp("racy_queue")))
