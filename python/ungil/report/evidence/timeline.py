"""How threads met, as a table: a column for each thread, a row for each time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ungil.port.evidence import Lane, Moment, Origin, Scenario

__all__ = ["Beat", "Row", "sentences", "timeline"]


@dataclass(frozen=True, slots=True)
class Beat:
    """What one thread does at one time.

    Attributes:
        state: ``runs``; ``waits``, not begun; ``held``, stopped in its call; ``over``, come to its end.
        moments: what it does, if it runs.
    """

    state: str
    moments: tuple[Moment, ...] = ()

    @property
    def stop(self) -> Origin | None:
        """Where it is stopped at the end of it."""
        return self.moments[-1].stopped if self.moments else None


@dataclass(frozen=True, slots=True)
class Row:
    """A time, counted from 1, and what each thread does then."""

    number: int
    beats: tuple[Beat, ...]


def timeline(scenario: Scenario) -> list[Row]:
    """The times at which anything happens, in order, without gaps."""
    times = sorted({moment.time for lane in scenario.lanes for moment in lane.moments})
    return [Row(number, tuple(_beat(lane, time) for lane in scenario.lanes)) for number, time in enumerate(times, 1)]


def _beat(lane: Lane, time: int) -> Beat:
    if now := tuple(moment for moment in lane.moments if moment.time == time):
        return Beat("runs", now)
    before = [moment for moment in lane.moments if moment.time < time]
    if not before:
        return Beat("waits")
    return Beat("held" if before[-1].stopped is not None else "over")


def sentences(scenario: Scenario) -> Iterator[str]:
    """The same in words, one sentence for each moment: ``1. A: move(b) runs to shelf.c:41, and is stopped``."""
    names = [lane.thread for lane in scenario.lanes]
    for row in timeline(scenario):
        for name, beat in zip(names, row.beats, strict=True):
            for moment in beat.moments:
                stop = f" {moment.stopped.text}, and is stopped" if moment.stopped else ""
                yield f"{row.number}. {name}: {moment.text}{stop}"
