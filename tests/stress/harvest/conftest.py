"""The extension that is harvested and introspected, and a suite of tests of it, each run once for all tests here."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.ext.build import compile_extension
from tests.stress.harvest.suites import SUITE, write

from ungil.stress.harvest.run import Harvested, harvest

OPTIONS = ("-p", "no:cacheprovider")


@pytest.fixture(scope="session")
def extension(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where tests/ext/harvested.c is compiled; it can be imported here and in processes that take over sys.path."""
    if sys.platform == "win32":
        pytest.skip("the extension is compiled by a command line of gcc or clang")
    path = compile_extension("harvested", tmp_path_factory.mktemp("harvested"))
    sys.path.append(str(path.parent))
    yield path
    sys.path.remove(str(path.parent))


@pytest.fixture(scope="session")
def harvested(extension: Path, tmp_path_factory: pytest.TempPathFactory) -> Harvested:
    """The suite, run without the harvest and with it."""
    folder = tmp_path_factory.mktemp("suite")
    write(folder, extension, SUITE)
    return harvest("harvested", ["."], folder / "corpus", options=OPTIONS, cwd=folder, compare=True)
