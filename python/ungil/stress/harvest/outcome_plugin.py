"""A pytest plugin that writes down how each test ended, as it ends: ``-p ungil.stress.harvest.outcome_plugin``.

A session that is ended from outside, or by a crash, has by then told of all tests before, and which one it was in.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

__all__: list[str] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    group = parser.getgroup("ungil", "ungil: how tests ended")
    group.addoption("--outcomes-to", metavar="FILE", help="where a line for each test is written, as it ends")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Begin, but in the workers of pytest-xdist: their controller hears of all tests."""
    path = config.getoption("outcomes_to")
    if path and not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Outcomes(Path(path)), "ungil-outcomes")


class _Outcomes:
    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8", buffering=1)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._write(nodeid, "begun")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or not report.passed:
            self._write(report.nodeid, "xfailed" if hasattr(report, "wasxfail") else report.outcome)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self._write(report.nodeid, "failed")

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        self._write(nodeid, "over")

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        self._file.close()

    def _write(self, test: str, what: str) -> None:
        self._file.write(f"{json.dumps([test, what])}\n")
