"""The racy twins of tests/ext, each extension compiled once for a run of the tests."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from tests.ext.build import compile_extension, load_extension


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Compiles tests/ext/NAME.c and returns where the extension is."""
    if sys.platform == "win32":
        pytest.skip("the twins are compiled by a command line of gcc or clang")
    return lambda name: compile_extension(name, tmp_path_factory.mktemp(name))


@pytest.fixture(scope="session")
def racy_path(compiled: Callable[[str], Path]) -> Path:
    """Where the twins of AtomicInteger and AtomicReference are, for a process of their own."""
    return compiled("racy")


@pytest.fixture(scope="session")
def racy(racy_path: Path) -> ModuleType:
    """The module with RacyInteger and RacyReference."""
    return load_extension(racy_path)


@pytest.fixture(scope="session")
def racy_cache(compiled: Callable[[str], Path]) -> ModuleType:
    """The module with RacyBound and RacySlots."""
    return load_extension(compiled("racy_cache"))


@pytest.fixture(scope="session")
def racy_counters(compiled: Callable[[str], Path]) -> ModuleType:
    """The module with RacyHashedCounter, RacyMovingCounter and RacyFlag."""
    return load_extension(compiled("racy_counters"))


@pytest.fixture(scope="session")
def racy_dict_path(compiled: Callable[[str], Path]) -> Path:
    """Where the twins of ConcurrentDict are, for a process of their own."""
    return compiled("racy_dict")


@pytest.fixture(scope="session")
def racy_dict(racy_dict_path: Path) -> ModuleType:
    """The module with RacyDict and RacyTable."""
    return load_extension(racy_dict_path)


@pytest.fixture(scope="session")
def racy_once(compiled: Callable[[str], Path]) -> ModuleType:
    """The module with RacyOnce and RacyLazy."""
    return load_extension(compiled("racy_once"))


@pytest.fixture(scope="session")
def racy_queue(compiled: Callable[[str], Path]) -> ModuleType:
    """The module with UnlockedQueue and EarlyQueue."""
    return load_extension(compiled("racy_queue"))


@pytest.fixture(scope="session")
def racy_statistics(compiled: Callable[[str], Path]) -> ModuleType:
    """The module with the twins of RunningStatistics."""
    return load_extension(compiled("racy_statistics"))
