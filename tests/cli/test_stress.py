"""``ungil stress`` as a user runs it: what it prints, and its exit codes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.cli.running import ungil

from ungil.stress.gil import free_threaded_build

RACY = """
import threading, time
scratch = None
def test_racy():
    global scratch
    scratch = threading.get_ident()
    time.sleep(0.001)
    assert scratch == threading.get_ident()
"""
QUICK = ("--here", "--threads", "2", "--repeat", "1")
free_threaded_only = pytest.mark.skipif(not free_threaded_build(), reason="it is refused where threads take turns")


@free_threaded_only
@pytest.mark.thread_unsafe(reason="it starts threads of its own in process after process")
def test_what_is_found_is_printed_and_written(tmp_path: Path) -> None:
    """A finding is exit code 1; what is behind -- is for pytest."""
    (tmp_path / "test_it.py").write_text(RACY + "def test_other(): assert False\n")
    done = ungil(tmp_path, "stress", ".", *QUICK, "--format", "json=report.json", "--", "-k", "racy")
    assert done.returncode == 1, done.stderr
    assert "test_it.py:4:1: error: test-races (UG912)" in done.stdout
    assert "1 test; 1 passed alone." in done.stdout
    assert '"test": "test_it.py::test_racy"' in (tmp_path / "report.json").read_text()


@free_threaded_only
@pytest.mark.thread_unsafe(reason="it starts process after process, of which one is enough")
def test_what_cannot_be_done(tmp_path: Path) -> None:
    """A project without tests, and tests that pytest cannot run, are exit code 2, with what to do."""
    done = ungil(tmp_path, "stress", ".", *QUICK)
    assert (done.returncode, done.stdout) == (2, "")
    assert "There are no tests in" in done.stderr
    (tmp_path / "test_it.py").write_text("def test(): pass")
    done = ungil(tmp_path, "stress", ".", *QUICK, "--", "--no-such-option")
    assert done.returncode == 2
    assert "unrecognized arguments: --no-such-option" in done.stderr


SLOW = """
import os, pathlib, time
def test_slow():
    pathlib.Path(__file__).with_name("process").write_text(f"{os.getpid()} ")
    time.sleep(100)
"""


@free_threaded_only
@pytest.mark.skipif(not hasattr(os, "killpg"), reason="processes have no groups here")
@pytest.mark.thread_unsafe(reason="it starts processes, of which two are enough")
def test_when_it_is_terminated_no_test_goes_on(tmp_path: Path) -> None:
    """A CI job that is cancelled, or a terminal that is closed, leaves no process behind."""
    (tmp_path / "test_it.py").write_text(SLOW)
    command = [sys.executable, "-m", "ungil", "stress", str(tmp_path), *QUICK]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        end = time.monotonic() + 60
        while not (told := _read(tmp_path / "process")).endswith(" "):
            assert time.monotonic() < end
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 128 + signal.SIGTERM
    with pytest.raises(ProcessLookupError):
        os.kill(int(told), 0)


def _read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


@pytest.mark.skipif(free_threaded_build(), reason="it is refused where threads take turns")
def test_a_gil_enabled_build_is_refused(tmp_path: Path) -> None:
    """--here is not for it; what to type instead is said."""
    done = ungil(tmp_path, "stress", ".", *QUICK)
    assert (done.returncode, done.stdout) == (2, "")
    assert "uv tool run --python 3.14t ungil stress --here" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([""], "is no folder, no source archive and no release"),
        (["nothing-there"], "is no folder, no source archive and no release"),
        ([".", "--threads", "1"], "In 1 thread nothing meets"),
        ([".", "--work", "./inside"], "lies in the project that is to be copied there"),
        ([".", "--threads", "none"], "'none' is not a number from 1 to"),
        ([".", "--select", "UG999"], "UG999"),
    ],
)
def test_usage(tmp_path: Path, arguments: list[str], said: str) -> None:
    """What is wrong with the command line is said before any work, with exit code 2."""
    done = ungil(tmp_path, "stress", *arguments, XDG_CACHE_HOME=str(tmp_path / "cache"))
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
