"""version.hpp without Python: what tests/ext/version_alone.cpp checks holds, and each check catches what it is for."""

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
    return compile_program("version_alone", ("sync/spin.cpp",), tmp_path_factory.mktemp("version"))


def run(*command: object) -> tuple[int, str]:
    """The exit code of the program and what it found."""
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=100, check=False)
    return done.returncode, done.stdout.strip()


@pytest.mark.parametrize("check", ["whole", "frozen", "replaced"])
def test_holds_while_threads_linger_between_steps(check: str, program: Path) -> None:
    """The program finds nothing wrong with Version."""
    assert run(program, check) == (0, "")


@pytest.mark.parametrize(
    ("check", "twin", "finding"),
    [
        ("whole", "without_second_look", "a read that is confirmed is not whole"),
        ("whole", "without_count", "a read that is confirmed is not whole"),
        ("whole", "without_first_wait", "a read that is confirmed is not whole"),
        ("whole", "unlocks_before_its_stores", ""),
        ("frozen", "without_freezing", ""),
        ("frozen", "writes_what_is_frozen", ""),
        ("replaced", "without_second_look", "a reader gets"),
        ("replaced", "never_frozen", "a reader gets"),
        ("replaced", "without_freezing", ""),
    ],
)
def test_each_twin_is_caught(check: str, twin: str, finding: str, program: Path) -> None:
    """The same check fails on a Version with one step left out, and sees what that step is for."""
    code, found = run(program, check, twin)
    assert code == 1, found or "not caught: this check would pass on a broken version.hpp"
    assert finding in found
