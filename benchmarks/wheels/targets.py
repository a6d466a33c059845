"""Numbers to reach, and what a run says to them."""

from __future__ import annotations

from benchmarks.target import Target
from benchmarks.wheels import results
from benchmarks.wheels.results import Results

__all__ = ["TARGETS"]


TARGETS: tuple[Target[Results], ...] = (
    Target("released wheels", 60, at_least=True, value=lambda found: len(found["wheels"])),
    Target(
        "percent of the modules of which both the file and the interpreter say something, and say the same",
        98,
        at_least=True,
        value=lambda found: 100 * results.agreement(found),
    ),
    Target("modules read as declared that turn the GIL on", 0, at_least=False, value=results.wrongly_declared),
    Target("seconds for a wheel, median", 1.0, at_least=False, value=results.median),
)
