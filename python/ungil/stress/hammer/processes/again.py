"""What ended a process is tried again, each time in a fresh one: how often it happens, and the least that it takes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from ungil.stress.hammer.processes.simpler import simpler
from ungil.stress.hammer.processes.watch import End, How
from ungil.stress.hammer.runs.attempt import Attempt, Method

__all__ = ["Again", "Fails", "Seen"]

FRESH: Final = 5
"""Processes in which an attempt is made again."""

TRIES: Final = {Method.ORDER: 1, Method.STOPS: 200, Method.TOGETHER: 500, Method.FIRST_USE: 5, Method.BURST: 30}
"""In each of them. Memory that is freed twice may be found out some runs later."""

HOPELESS: Final = 2
"""Processes in which it does not fail before something else is tried."""

EACH: Final = 20
"""Tries at each stop, where all are tried."""

MOST_SIMPLER: Final = 12
"""Simpler attempts that are tried."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of an attempt in a fresh process.

    Attributes:
        failed: how many of its tries came to something that is not allowed; a process that died counts as one.
        end: how the process ended.
        attempt: what it was at when it died, if that is known better than before.
    """

    failed: int
    end: End
    attempt: Attempt | None = None

    @property
    def died(self) -> bool:
        """Whether it ended the process, which a result that is only wrong does not."""
        return self.failed > 0 and _is_death(self.end)


type Fails = Callable[[Attempt, int], Seen]
"""Makes an attempt so many times in a fresh process."""


@dataclass(frozen=True, slots=True)
class Again:
    """Tries until there is no time left; at least once.

    Attributes:
        fails: how an attempt is made.
        seconds: that all of it may take.
    """

    fails: Fails
    seconds: float

    def confirm(self, attempt: Attempt) -> tuple[Attempt, tuple[int, int], End | None]:
        """The simplest attempt that was seen to fail, in how many of how many fresh processes, and how one ended.

        If that very attempt does not fail again, its scenario as a whole is tried: one run may crash on memory that
        another one has spoilt. Another attempt stands for this one only if it ends the process, too: one that comes
        to a wrong result is not what was seen.
        """
        deadline = time.monotonic() + self.seconds
        count, end = self._count(attempt, deadline)
        if not count[0]:
            attempt, count, end = self._wider(attempt, count, deadline)
        simplest = self._simplest(attempt, deadline) if count[0] else attempt
        if simplest is not attempt:
            of_simplest, how = self._count(simplest, deadline)
            if how and _is_death(how):
                return simplest, of_simplest, how
        return attempt, count, end

    def _wider(
        self, attempt: Attempt, count: tuple[int, int], deadline: float
    ) -> tuple[Attempt, tuple[int, int], End | None]:
        """Another attempt at the same scenario that fails, if there is one."""
        for wider in _wider(attempt):
            seen = self.fails(wider, _tries(wider))
            for another in (seen.attempt, wider) if seen.died else ():
                of_another, end = self._count(another, deadline) if another else ((0, 0), None)
                if end and _is_death(end):
                    return another or wider, of_another, end
            if time.monotonic() > deadline:
                break
        return attempt, count, None

    def _count(self, attempt: Attempt, deadline: float) -> tuple[tuple[int, int], End | None]:
        """In how many of how many processes it fails, and how one of them ended: the death of one, if one died."""
        failed = tries = 0
        end = None
        while tries < FRESH and (tries == 0 or time.monotonic() < deadline) and (failed or tries < HOPELESS):
            seen = self.fails(attempt, _tries(attempt))
            tries += 1
            if seen.failed:
                failed += 1
                end = seen.end if seen.died or end is None else end
        return (failed, tries), end

    def _simplest(self, attempt: Attempt, deadline: float) -> Attempt:
        left = MOST_SIMPLER
        candidates = list(simpler(attempt))
        while candidates and left and time.monotonic() < deadline:
            candidate = candidates.pop(0)
            left -= 1
            if self.fails(candidate, _tries(candidate)).died:
                attempt, candidates = candidate, list(simpler(candidate))
        return attempt


def _is_death(end: End) -> bool:
    """Whether a process ended so by what was tried in it."""
    return end.bad and end.how is not How.KILLED


def _tries(attempt: Attempt) -> int:
    every_stop = attempt.method is Method.STOPS and not attempt.turns
    return EACH if every_stop else TRIES[attempt.method]


def _wider(attempt: Attempt) -> Iterator[Attempt]:
    """The scenario with every stop, and without any."""
    if attempt.method is Method.STOPS:
        yield replace(attempt, turns=())
    for method in (Method.TOGETHER, Method.BURST):
        if method is not attempt.method:
            yield replace(attempt, method=method, turns=())
