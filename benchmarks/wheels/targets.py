"""Numbers to reach, and what a run says to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.wheels import results
from benchmarks.wheels.results import Results

__all__ = ["TARGETS", "Target"]


@dataclass(frozen=True)
class Target:
    """A number that a run must yield, at least or at most."""

    says: str
    bound: float
    at_least: bool
    value: Callable[[Results], float]

    def met(self, found: Results) -> bool:
        """Is it, in this run?"""
        measured = self.value(found)
        return measured >= self.bound if self.at_least else measured <= self.bound


TARGETS = (
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
