"""A pytest plugin that writes down how each test ended, as it ends: ``-p ungil.stress.harvest.outcomes``.

A session that is ended from outside, or by a crash, has by then told of all tests before, and which one it was in.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest

__all__ = ["Outcomes", "read_outcomes"]


@dataclass(slots=True)
class Outcomes:
    """How the tests of a session ended.

    Attributes:
        ended: of each test that came to an end: ``passed``, ``failed``, ``skipped`` or ``xfailed``.
        in_test: the test that had begun and not ended, when the session did.
    """

    ended: dict[str, str] = field(default_factory=dict)
    in_test: str = ""

    def __str__(self) -> str:
        """``448 passed, 1 failed``."""
        counted = Counter(self.ended.values())
        return ", ".join(f"{count} {outcome}" for outcome, count in counted.most_common()) or "no test ended"


def read_outcomes(path: Path) -> Outcomes:
    """What the plugin wrote, as far as it came; nothing if it wrote nothing."""
    found = Outcomes()
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    for line in lines:
        try:
            test, outcome = json.loads(line)
        except ValueError:
            break  # where the writer was ended
        if outcome == "begun":
            found.in_test = test
        elif outcome == "over":
            found.in_test = ""
        elif found.ended.get(test) != "failed":
            found.ended[test] = outcome
    return found


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
