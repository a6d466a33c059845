"""A command ends by its deadline, with all that it has started."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from ungil.commands import run
from ungil.errors import ToolError

STARTS_ANOTHER = """
import subprocess, sys, time
other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(100)"], start_new_session=len(sys.argv) > 2)
print(other.pid, flush=True)
time.sleep(float(sys.argv[1]))
"""
posix_only = pytest.mark.skipif(not hasattr(os, "killpg"), reason="processes have no groups here")


@posix_only
@pytest.mark.parametrize(("arguments", "deadline"), [(["0"], 60.0), (["100"], 2.0), (["0", "daemon"], 60.0)])
def test_nothing_is_left(tmp_path: Path, arguments: list[str], deadline: float) -> None:
    """Neither after its end nor after its deadline does a process run that it has started, not even a daemon."""
    if "daemon" in arguments and sys.platform != "linux":
        pytest.skip("daemons are found in /proc")
    done = run([sys.executable, "-c", STARTS_ANOTHER, *arguments], cwd=tmp_path, deadline=deadline)
    assert (done.code == 0) is (arguments[0] == "0")
    other = Path(f"/proc/{done.output.strip()}/stat")
    begun = time.monotonic()
    while _runs(other):  # what is killed takes a moment to end
        assert time.monotonic() - begun < 60


def _runs(state: Path) -> bool:
    try:
        return state.read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def test_lines_are_reported(tmp_path: Path) -> None:
    """Each line once, and all of the output at the end."""
    lines: list[str] = []
    done = run([sys.executable, "-c", "print('one'); print('two')"], cwd=tmp_path, deadline=60, report=lines.append)
    assert (lines, done.output.split(), done.well) == (["one", "two"], ["one", "two"], True)


def test_the_python_that_runs_ungil_is_not_passed_on(tmp_path: Path) -> None:
    """Neither its path nor its GIL: who runs ungil must not matter."""
    script = "import os; print([name for name in os.environ if name.startswith('PYTHON')])"
    assert run([sys.executable, "-c", script], cwd=tmp_path, deadline=60).output.strip() == "[]"


def test_a_watch_ends_it(tmp_path: Path) -> None:
    """Whoever watches may have it ended."""
    done = run([sys.executable, "-c", "import time; time.sleep(100)"], cwd=tmp_path, deadline=60, watch=lambda _: True)
    assert done.code is None


@posix_only
def test_how_it_ended(tmp_path: Path) -> None:
    """A signal is told by its name."""
    script = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    assert run([sys.executable, "-c", script], cwd=tmp_path, deadline=60).ended == "killed by SIGKILL"


def test_its_folder_is_gone(tmp_path: Path) -> None:
    """A test may have deleted it; the program is not to blame."""
    with pytest.raises(ToolError, match="gone' is gone"):
        run([sys.executable, "-c", ""], cwd=tmp_path / "gone", deadline=60)


def test_no_such_program(tmp_path: Path) -> None:
    """It is an error that names it."""
    with pytest.raises(ToolError, match="no-such-program"):
        run(["no-such-program"], cwd=tmp_path, deadline=60)
