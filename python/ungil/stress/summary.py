"""What ran in parallel, what did not and why: without it, "42 passed" may mean that nothing was tried."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

import pytest

from ungil.stress.plan import Plan

__all__ = ["ALONE", "RUNS", "Summary", "tell_partly_skipped", "tell_plan", "tell_runs"]

# user_properties is how an item speaks to its reports: it reaches the controller of pytest-xdist and JUnit files too.
PARALLEL: Final = "ungil.parallel"
ALONE: Final = "ungil.alone"
PARTLY: Final = "ungil.partly_skipped"
RUNS: Final = "ungil.runs"


def tell_plan(item: pytest.Item, plan: Plan) -> None:
    """Attach to an item how it is to run."""
    item.user_properties.append((ALONE, plan.alone) if plan.alone else (PARALLEL, plan.size))


def tell_partly_skipped(item: pytest.Item, how: str) -> None:
    """Attach to an item that some of its runs were skipped and some were not."""
    item.user_properties.append((PARTLY, how))


def tell_runs(item: pytest.Item, failed: int, runs: int, first: int, threads: int) -> None:
    """Attach to an item how many of its runs failed, and the first iteration in which one did, for programs."""
    item.user_properties.append((RUNS, f"{failed} {runs} {first} {threads}"))


@dataclass
class Summary:
    """Collects the reports of a session. Not for use in several threads: pytest reports from one.

    Attributes:
        not_run: tests that were collected and have not reported.
        parallel: tests that ran in threads, each with how many.
        alone: tests that ran in one thread, each with the reason, as have the next two.
        skipped: tests of which every run was skipped.
        partly: tests of which some runs were.
    """

    not_run: set[str] = field(default_factory=set)
    parallel: dict[str, str] = field(default_factory=dict)
    alone: dict[str, str] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    partly: dict[str, str] = field(default_factory=dict)

    def expect(self, nodeids: Iterable[str]) -> None:
        """These tests are about to run."""
        self.not_run.update(nodeids)

    def add(self, report: pytest.TestReport) -> None:
        """Count a report of any phase."""
        self.not_run.discard(report.nodeid)
        if isinstance(report, pytest.SubtestReport):
            return  # a part of a test that reports as a whole too
        told = {key: str(value) for key, value in report.user_properties}
        if report.skipped and not hasattr(report, "wasxfail"):
            self.skipped[report.nodeid] = skip_reason(report)
        elif report.when == "call" and ALONE in told:
            self.alone[report.nodeid] = told[ALONE]
        elif report.when == "call" and PARALLEL in told:
            self.parallel[report.nodeid] = told[PARALLEL]
        if report.when == "call" and PARTLY in told:
            self.partly[report.nodeid] = told[PARTLY]

    def lines(self) -> list[str]:
        """The summary for people."""
        sizes = sorted(Counter(self.parallel.values()).items())
        lines = [f"{number} ran in {size}" for size, number in sizes] or ["Nothing ran in parallel"]
        lines += reasons("ran in one thread only", self.alone)
        lines += reasons("skipped", self.skipped)
        lines += reasons("skipped in some runs and not in others", self.partly)
        if self.not_run:
            lines.append(f"{len(self.not_run)} collected and not run: the session ended before")
        return lines


def reasons(heading: str, given: Mapping[str, str]) -> list[str]:
    """One heading and a line for each test, nothing for no test."""
    return [f"{len(given)} {heading}:", *(f"  {nodeid}: {reason}" for nodeid, reason in given.items())] if given else []


def skip_reason(report: pytest.TestReport) -> str:
    """What the author wrote, without pytest's prefix."""
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longreprtext
    return reason.removeprefix("Skipped: ") or "no reason given"
