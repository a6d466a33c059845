"""Numbers to reach, and what a run says to them."""

from __future__ import annotations

from benchmarks.python_rules import results
from benchmarks.python_rules.results import Results
from benchmarks.target import Target

__all__ = ["TARGETS"]

TARGETS: tuple[Target[Results], ...] = (
    Target("warnings in 1,000 lines, the loudest package", 1, at_least=False, value=results.loudest),
    Target(
        "percent of those that were read that are true",
        80,
        at_least=True,
        value=lambda found: results.share(results.every(found)),
    ),
)
