"""A pytest plugin that keeps the journal: when tests begin, when one fails, and the end when the time is over."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import pytest
from benchmarks.hammer.journal import Journal
from benchmarks.hammer.process import CAP, JOURNAL

__all__ = ["ran"]

_journal = Journal(Path(os.environ[JOURNAL]))
_cap = float(os.environ[CAP])
_runs = itertools.count(1)


def ran() -> None:
    """A test has run once more, in whichever thread."""
    _journal.count_to(next(_runs))
    if _journal.seconds > _cap:
        os._exit(0)


def pytest_runtest_protocol() -> None:
    """The first test begins; with --forever, it begins more than once."""
    if not _journal.started:
        _journal.start()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """A failure is what is looked for."""
    if report.failed:
        _journal.find("wrong")
        os._exit(0)
