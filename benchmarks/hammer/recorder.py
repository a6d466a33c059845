"""A pytest plugin that keeps the journal: when tests begin, when one fails, and the end when the time is over."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from benchmarks.hammer.journal import Journal
from benchmarks.hammer.process import CAP, JOURNAL


def pytest_configure(config: pytest.Config) -> None:
    """Begin the journal."""
    threads, iterations = config.getoption("parallel_threads"), config.getoption("iterations")
    config.pluginmanager.register(_Recorder(Journal(Path(os.environ[JOURNAL])), int(threads) * int(iterations)))


class _Recorder:
    def __init__(self, journal: Journal, runs: int) -> None:
        self._journal = journal
        self._runs = runs  # of each test
        self._begun = False

    def pytest_runtest_protocol(self) -> None:
        """The first test begins: with --forever, the loop begins more than once."""
        if not self._begun:
            self._begun = True
            self._journal.start()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A failure is what is looked for."""
        if report.failed:
            self._journal.find("wrong")
        if report.when == "call":
            self._journal.count(self._runs)
        if report.failed or self._journal.seconds > float(os.environ[CAP]):
            os._exit(0)
