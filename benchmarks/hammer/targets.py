"""Numbers to reach, and what a run says to them."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.hammer import results
from benchmarks.hammer.methods import HAMMER
from benchmarks.hammer.results import Results
from benchmarks.target import Target

__all__ = ["TARGETS"]


def _of_hammer(value: Callable[[Results], float]) -> Callable[[Results], float | None]:
    """The number, of a run in which the hammer took part."""
    return lambda found: value(found) if any(one["name"] == HAMMER for one in found["methods"]) else None


def _most_of_others(found: Results) -> float:
    others = [method["name"] for method in found["methods"] if method["name"] != HAMMER]
    return max((results.rate(results.all_runs(found, name)) for name in others), default=0.0)


def _over_the_best_other(found: Results) -> float:
    return results.rate(results.all_runs(found, HAMMER)) / max(_most_of_others(found), 1e-9)


TARGETS: tuple[Target[Results], ...] = (
    Target(
        "share of the runs in which the hammer finds the race",
        0.95,
        at_least=True,
        value=_of_hammer(lambda found: results.rate(results.all_runs(found, HAMMER))),
    ),
    Target(
        "seconds until it has, the median of all runs",
        0.05,
        at_least=False,
        value=_of_hammer(lambda found: results.median(results.all_runs(found, HAMMER))),
    ),
    Target(
        "executions of correct twins",
        5_000_000,
        at_least=True,
        value=_of_hammer(lambda found: sum(run["executions"] for run in results.all_runs(found, HAMMER, "twin"))),
    ),
    Target(
        "findings in them",
        0,
        at_least=False,
        value=_of_hammer(lambda found: sum(bool(run["how"]) for run in results.all_runs(found, HAMMER, "twin"))),
    ),
    Target(
        "its share of found races over that of the best other method",
        1.0,
        at_least=True,
        value=_of_hammer(
            lambda found: results.rate(results.all_runs(found, HAMMER)) / max(_most_of_others(found), 1e-9)
        ),
    ),
)
