"""sharded_sum.hpp without Python: what tests/ext/sharded_sum_alone.cpp checks holds."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.ext.build import compile_program


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The compiled program."""
    if sys.platform == "win32":
        pytest.skip("the program is compiled by a command line of gcc or clang")
    sources = ("sync/sharded_sum.cpp", "sync/thread_slot.cpp")
    return compile_program("sharded_sum_alone", sources, tmp_path_factory.mktemp("alone"))


def test_nothing_is_lost_and_what_does_not_fit_is_refused(program: Path) -> None:
    """The program finds nothing wrong: with more threads than slots, without memory, at the ends of 64 bits."""
    done = subprocess.run([program], capture_output=True, text=True, timeout=100, check=False)
    assert (done.returncode, done.stdout) == (0, "")
