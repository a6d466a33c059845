"""What one run of a loop yields, when it counts, and what many of them say together."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

LEAST_ON_CPU = 0.95  # of a thread's wall time
LEAST_OVERLAP = 0.90  # of the time from the first thread's start to the last one's end
FEWEST = 3  # samples that have a median and quartiles


class Window(NamedTuple):
    """When one thread ran, in nanoseconds, how much of that it was on a CPU, and how often it had to leave it.

    A thread that waits for a lock leaves its CPU of its own accord, which does not count as having to.
    """

    start: int
    end: int
    on_cpu: int
    preempted: int = 0


@dataclass(frozen=True)
class Sample:
    """One run of a loop by all its threads."""

    windows: tuple[Window, ...]
    operations: int  # of each thread

    @property
    def nanoseconds(self) -> float:
        """One operation of one thread: the whole time, from the first start to the last end, waiting included."""
        return self.span / self.operations

    @property
    def undisturbed(self) -> bool:
        """Whether no thread was off its CPU, and all ran at the same time."""
        return (
            not self.preempted
            and self._overlap >= LEAST_OVERLAP
            and all(window.on_cpu >= LEAST_ON_CPU * (window.end - window.start) for window in self.windows)
        )

    @property
    def preempted(self) -> bool:
        """Whether another program had the CPU of one of the threads meanwhile."""
        return any(window.preempted for window in self.windows)

    @property
    def span(self) -> int:
        """Nanoseconds from the first thread's start to the last one's end."""
        return max(window.end for window in self.windows) - min(window.start for window in self.windows)

    @property
    def _overlap(self) -> float:
        together = min(window.end for window in self.windows) - max(window.start for window in self.windows)
        return together / self.span


def counted(samples: Iterable[Sample], *, blocking: bool) -> list[float]:
    """Nanoseconds of the samples that count.

    Where threads may wait for each other, only what another program did can make a sample not count: neither that a
    thread was off its CPU, nor that it came too late to run beside the other.
    """
    return [sample.nanoseconds for sample in samples if (not sample.preempted if blocking else sample.undisturbed)]


@dataclass(frozen=True)
class Measure:
    """Many samples in three numbers, in nanoseconds per operation and thread."""

    median: float
    lower: float  # quartile
    upper: float  # quartile
    samples: int
    dropped: int


def summarise(nanoseconds: list[float], *, dropped: int, empty: float) -> Measure:
    """Median and quartiles, the empty loop subtracted."""
    lower, median, upper = statistics.quantiles(nanoseconds, n=4, method="inclusive")
    return Measure(median - empty, lower - empty, upper - empty, len(nanoseconds), dropped)


def scaling(one: float, two: float) -> float:
    """Throughput of two threads over that of one, from the nanoseconds that an operation takes a thread of each."""
    return 2 * one / two
