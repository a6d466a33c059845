"""A deadlock ends the session: pytest-timeout's method "thread" does that, "signal" does not."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.stress.sessions import PASSES, run_pytest

DEADLOCK = """
import threading
never = threading.Event()
def test(): never.wait()
"""
STUCK_AT_THE_END = """
import sys, threading
def pytest_unconfigure():
    stuck = [t for t in threading.enumerate() if t is not threading.main_thread() and not t.daemon]
    print("stuck:", len(stuck), file=sys.__stderr__)
    sys.modules["test_it"].never.set()  # only now can the process end
"""
SIGNAL = 'sets pytest-timeout\'s method "signal"'


def test_deadlock_ends_the_session(tmp_path: Path) -> None:
    """With a deadline and no method given, a deadlock is reported with its threads, and the process ends."""
    session = run_pytest(tmp_path, {"test_it.py": DEADLOCK}, "--timeout=1")
    assert session.code == 1
    assert "never.wait()" in session.output


def test_upstream_keeps_the_process_alive(tmp_path: Path) -> None:
    """Why "signal" is refused: with it, upstream reports the deadlock and its threads keep the process from ending."""
    files = {"test_it.py": DEADLOCK, "conftest.py": STUCK_AT_THE_END}
    session = run_pytest(tmp_path, files, "--timeout=1", "--timeout-method=signal", plugin=())
    assert "stuck: 4" in session.output, "pytest-run-parallel has changed: does it need this cure?"


@pytest.mark.parametrize(
    ("argument", "ini", "mark"),
    [
        ("--timeout-method=signal", "", ""),
        ("-q", "timeout_method = signal", ""),
        ("-q", "", "@pytest.mark.timeout(5, 'signal')"),
        ("-q", "", "@pytest.mark.timeout(5, method='signal')"),
    ],
    ids=["option", "ini", "marker", "marker_by_name"],
)
def test_signal_is_refused(tmp_path: Path, argument: str, ini: str, mark: str) -> None:
    """The method "signal" is a usage error wherever it is set."""
    files = {"pytest.ini": f"[pytest]\n{ini}\n", "test_it.py": f"import pytest\n{mark}\n{PASSES}"}
    session = run_pytest(tmp_path, files, argument)
    assert session.code == 4
    assert SIGNAL in session.output
    assert not session.outcomes
