"""Numbers to reach, and what a run says to them."""

from __future__ import annotations

from benchmarks.ci_rules import results
from benchmarks.ci_rules.results import Results
from benchmarks.target import Target

__all__ = ["TARGETS"]

TARGETS: tuple[Target[Results], ...] = (
    Target("projects with workflows", 20, at_least=True, value=lambda found: len(found["sdists"])),
    Target("rules", 20, at_least=True, value=lambda found: found["rules"]),
    Target("findings that nobody has read", 0, at_least=False, value=results.unjudged),
    Target(
        "percent of the warnings and errors that hold",
        80,
        at_least=True,
        value=lambda found: 100 * results.share(results.warnings(found)),
    ),
    Target(
        "percent of all findings that hold",
        80,
        at_least=True,
        value=lambda found: 100 * results.share(results.every(found)),
    ),
    Target("warnings and errors for a project", 1, at_least=False, value=results.volume),
)
