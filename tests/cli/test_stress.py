"""``ungil stress`` as a user runs it: what it prints, and its exit codes."""

from __future__ import annotations

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


@pytest.mark.skipif(free_threaded_build(), reason="it is refused where threads take turns")
def test_a_gil_enabled_build_is_refused(tmp_path: Path) -> None:
    """--here is not for it; what to type instead is said."""
    done = ungil(tmp_path, "stress", ".", *QUICK)
    assert (done.returncode, done.stdout) == (2, "")
    assert "uv tool run --python 3.14t ungil stress --here" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nothing-there"], "is no folder, no source archive and no release"),
        ([".", "--threads", "1"], "In 1 thread nothing meets"),
        ([".", "--threads", "none"], "'none' is not a number from 1 to"),
        ([".", "--select", "UG999"], "UG999"),
    ],
)
def test_usage(tmp_path: Path, arguments: list[str], said: str) -> None:
    """What is wrong with the command line is said before any work, with exit code 2."""
    done = ungil(tmp_path, "stress", *arguments, XDG_CACHE_HOME=str(tmp_path / "cache"))
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
