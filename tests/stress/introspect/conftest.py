"""The extension in tests/ext/harvested.c, introspected once for all tests here."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.ext.build import compile_extension

from ungil.stress.introspect.introspect import Introspected, introspect


@pytest.fixture(scope="session")
def extension(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where it is compiled; processes that take over sys.path can import it."""
    if sys.platform == "win32":
        pytest.skip("the extension is compiled by a command line of gcc or clang")
    path = compile_extension("harvested", tmp_path_factory.mktemp("introspected"))
    sys.path.append(str(path.parent))
    yield path
    sys.path.remove(str(path.parent))


@pytest.fixture(scope="session")
def introspected(extension: Path) -> Introspected:
    """What comes of introspection."""
    assert extension.exists()
    return introspect("harvested")
