"""How much of the time each stage may take.

A stage is given its share of what is left, so that what one does not use, or what is kept from an earlier run, is
there for those behind it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from typing import Final

from ungil.errors import UngilError
from ungil.port.evidence import Stage

__all__ = ["Clock", "TimeOverError"]

SHARES: Final = {
    Stage.AUDIT: 3,
    Stage.FIX: 3,
    Stage.BUILD: 8,
    Stage.STRESS: 6,
    Stage.HAMMER: 8,
    Stage.SCALING: 2,
    Stage.WHEEL: 1,
}
"""Of the time that is left, among the stages that are still to be done."""

UNLIMITED: Final = {
    Stage.AUDIT: 900.0,
    Stage.FIX: 1800.0,
    Stage.BUILD: 1800.0,
    Stage.STRESS: 300.0,
    Stage.HAMMER: 60.0,
    Stage.SCALING: 30.0,
    Stage.WHEEL: 300.0,
}
"""Seconds that a stage may take where no budget was given. Those of the hammer are always used up."""

LEAST: Final = 1.0
"""Seconds that have to be left for a stage to be begun."""

LEAST_SHARE: Final = 5.0
"""Seconds that a stage is given, if there are as many, however many others there are."""


class TimeOverError(UngilError):
    """A stage that cannot end with a part of its work has had its time."""


class Clock:
    """The time of one run. For one thread.

    Args:
        budget: seconds for all stages; 0 for no limit.
        build: seconds for the build, if somebody has said so: its deadline then, whatever its share.
        now: tells the time, in seconds.
    """

    def __init__(self, budget: float, build: float = 0.0, now: Callable[[], float] = time.monotonic) -> None:
        self._budget = budget
        self._build = build
        self._now = now
        self._began = now()

    @property
    def taken(self) -> float:
        """Seconds since the run began."""
        return self._now() - self._began

    @property
    def is_over(self) -> bool:
        """Whether nothing more is to be begun."""
        return bool(self._budget) and self._left < LEAST

    def seconds(self, stage: Stage, to_do: Collection[Stage]) -> float:
        """What a stage may take, given those that are to be done, itself included."""
        if stage is Stage.BUILD and self._build:
            return min(self._build, self._left) if self._budget else self._build
        if not self._budget:
            return UNLIMITED[stage]
        share = self._left * SHARES[stage] / sum(SHARES[one] for one in {stage, *to_do})
        return min(self._left, max(share, LEAST_SHARE))

    def reporter(self, seconds: float, report: Callable[[str], None]) -> Callable[[str], None]:
        """A ``report`` that ends what reports to it once the time is over: for work that has no deadline of its own."""
        end = self._now() + seconds

        def told(doing: str) -> None:
            if self._now() > end:
                raise TimeOverError(f"Its time, {seconds:.0f} s, was over.", "Give it more: --budget SECONDS.")
            report(doing)

        return told

    @property
    def _left(self) -> float:
        return max(0.0, self._budget - self.taken)
