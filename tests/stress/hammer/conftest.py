"""What the hammer's tests hammer: racy twins of ungil's primitives, and the primitives."""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from tests.ext.build import compile_extension, load_extension

from ungil.stress.hammer.runs.crew import Crew, crew_of, stepping_is_absent


@pytest.fixture(scope="session")
def racy_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the extension with the twins is."""
    if sys.platform == "win32":
        pytest.skip("the twins are compiled by a command line of gcc or clang")
    return compile_extension("racy", tmp_path_factory.mktemp("racy"))


@pytest.fixture(scope="session")
def racy(racy_path: Path) -> ModuleType:
    """The module with RacyInteger and RacyReference."""
    return load_extension(racy_path)


@pytest.fixture(params=[True, False], ids=["breakpoints", "single steps"])
def stepping_crew(request: pytest.FixtureRequest) -> Iterator[Crew]:
    """Three threads that can be stopped, in each of the two ways."""
    if absent := stepping_is_absent():
        pytest.skip(absent)
    with crew_of(3, breakpoints=request.param) as crew:
        if request.param and not crew.has_breakpoints:
            pytest.skip("the kernel refuses hardware breakpoints")
        yield crew
