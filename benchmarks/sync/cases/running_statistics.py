"""RunningStatistics beside the same sums in Python under a Lock."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Lock

from benchmarks.sync.case import Case, Contender, Sharing, compare
from benchmarks.sync.cases import atomic_integer

OURS = "from ungil import RunningStatistics; o = RunningStatistics(); o.push(1.5)"
LOCKED = "from benchmarks.sync.cases.running_statistics import Locked; o = Locked(); o.push(1.5)"
BOTH = (Sharing.DISTINCT, Sharing.SHARED)


class Locked:
    """Welford's algorithm under a Lock."""

    __slots__ = ("_lock", "_squares", "count", "maximum", "mean", "minimum")

    def __init__(self) -> None:
        self._lock = Lock()
        self.count, self.mean, self._squares = 0, 0.0, 0.0
        self.minimum, self.maximum = float("inf"), float("-inf")

    def push(self, value: float) -> None:
        """Count one value in."""
        with self._lock:
            self.count += 1
            step = value - self.mean
            self.mean += step / self.count
            self._squares += step * (value - self.mean)
            self.minimum, self.maximum = min(self.minimum, value), max(self.maximum, value)


def cases() -> Iterator[Case]:
    """Counting a value in, and reading what came of it."""
    yield from compare(
        "push a value",
        BOTH,
        Contender("ungil RunningStatistics", OURS, "o.push(1.5)", blocking=True),
        Contender("ungil AtomicInteger.add", atomic_integer.OURS, "o.add(1)"),  # one word, so it needs no lock
        Contender("Python class with a Lock", LOCKED, "o.push(1.5)", blocking=True),
    )
    yield from compare(
        "read the mean",
        BOTH,
        Contender("ungil RunningStatistics", OURS, "o.mean", blocking=True),
        Contender("Python class with a Lock", LOCKED, "o.mean", blocking=True),
    )
