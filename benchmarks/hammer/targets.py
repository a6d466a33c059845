"""Numbers to reach, and what a run says to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.hammer import results
from benchmarks.hammer.methods import HAMMER
from benchmarks.hammer.results import Results

__all__ = ["TARGETS", "Target"]


@dataclass(frozen=True)
class Target:
    """A number that a run must yield, at least or at most."""

    says: str
    bound: float
    at_least: bool
    value: Callable[[Results], float]

    def measured(self, found: Results) -> float | None:
        """The number, or None where the hammer did not take part."""
        there = any(method["name"] == HAMMER for method in found["methods"])
        return self.value(found) if there else None

    def met(self, found: Results) -> bool:
        """Is it, in this run? What was not measured is not."""
        measured = self.measured(found)
        if measured is None:
            return False
        return measured >= self.bound if self.at_least else measured <= self.bound


def _most_of_others(found: Results) -> float:
    others = [method["name"] for method in found["methods"] if method["name"] != HAMMER]
    return max((results.rate(results.all_runs(found, name)) for name in others), default=0.0)


TARGETS = (
    Target(
        "share of the runs in which the hammer finds the race",
        0.95,
        at_least=True,
        value=lambda found: results.rate(results.all_runs(found, HAMMER)),
    ),
    Target(
        "seconds until it has, the median of all runs",
        0.05,
        at_least=False,
        value=lambda found: results.median(results.all_runs(found, HAMMER)),
    ),
    Target(
        "executions of correct twins",
        5_000_000,
        at_least=True,
        value=lambda found: sum(run["executions"] for run in results.all_runs(found, HAMMER, "twin")),
    ),
    Target(
        "findings in them",
        0,
        at_least=False,
        value=lambda found: sum(bool(run["how"]) for run in results.all_runs(found, HAMMER, "twin")),
    ),
    Target(
        "its share of found races over that of the best other method",
        1.0,
        at_least=True,
        value=lambda found: results.rate(results.all_runs(found, HAMMER)) / max(_most_of_others(found), 1e-9),
    ),
)
