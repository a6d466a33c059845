"""What must hold for running statistics under threads: RunningStatistics passes this, each of its twins fails some."""

import itertools
import math
import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

from tests.concurrency import Worker, run_threads

THREADS = 4
STEPS = 5_000
PAIRS = 2_000
YIELDS = 100


class _Statistics(Protocol):
    """The methods and properties of RunningStatistics that its twins have too; `merge` takes one of the same type."""

    @property
    def count(self) -> int: ...
    @property
    def mean(self) -> float: ...
    @property
    def variance(self) -> float: ...
    @property
    def minimum(self) -> float: ...
    @property
    def maximum(self) -> float: ...
    def push(self, value: Any, /) -> None: ...  # noqa: ANN401 - a number of any type
    def push_many(self, values: Iterable[Any], /) -> None: ...
    def merge(self, other: Any, /) -> None: ...  # noqa: ANN401 - see above
    def copy(self) -> Any: ...  # noqa: ANN401 - see above


type Make = Callable[[], _Statistics]


def assert_describes(seen: _Statistics, values: list[int]) -> None:
    """Count, minimum and maximum are exact; mean and variance agree to twelve and nine digits."""
    assert (seen.count, seen.minimum, seen.maximum) == (len(values), min(values), max(values))
    assert math.isclose(seen.mean, statistics.fmean(values), rel_tol=1e-12)
    assert math.isclose(seen.variance, statistics.variance(map(float, values)), rel_tol=1e-9)


def pushed_values_all_count(make: Make) -> None:
    """Every value that any thread pushes is in the count, the mean, the variance and between the ends."""
    shared = make()

    def work(worker: Worker) -> list[int]:
        values = [10**6 + worker.random.randrange(-(10**5), 10**5) for _ in range(STEPS)]
        for value in values:
            shared.push(value)
        return values

    assert_describes(shared, list(itertools.chain(*run_threads(*[work] * THREADS))))


def pair(make: Make) -> _Statistics:
    """The values 1 and -1: a mean of 0 and two squares of 1."""
    both = make()
    both.push(1)
    both.push(-1)
    return both


def assert_made_of_pairs(seen: _Statistics) -> None:
    """All five numbers are those of some number of pairs: all of one moment, and exactly, as no rounding occurs."""
    if seen.count:
        assert (seen.mean, seen.minimum, seen.maximum) == (0.0, -1.0, 1.0)
        assert (seen.count % 2, seen.variance) == (0, seen.count / (seen.count - 1))


def _snapshots_are_whole(make: Make, snapshot: Callable[[_Statistics], _Statistics]) -> None:
    shared, both = make(), pair(make)

    def add(_worker: Worker) -> None:
        for _ in range(STEPS):
            shared.merge(both)

    def look(_worker: Worker) -> None:
        for _ in range(STEPS):
            assert_made_of_pairs(snapshot(shared))

    run_threads(add, look, add, look)
    assert shared.count == 4 * STEPS
    assert_made_of_pairs(shared)


def copies_are_whole(make: Make) -> None:
    """While threads add 1 and -1 as one step, every copy() has as many of the one as of the other."""
    _snapshots_are_whole(make, lambda shared: shared.copy())


def merged_snapshots_are_whole(make: Make) -> None:
    """While threads add 1 and -1 as one step, what merge() takes from the object has as many of both."""

    def snapshot(shared: _Statistics) -> _Statistics:
        mine = make()
        mine.merge(shared)
        return mine

    _snapshots_are_whole(make, snapshot)


def merging_both_ways_has_an_order(make: Make) -> None:
    """Of a.merge(b) and b.merge(a) at the same time one comes first and the other sees its result; neither is stuck."""
    pairs = [(make(), make()) for _ in range(PAIRS)]
    for one, two in pairs:
        one.push(1)
        two.push(2)

    def forth(_: Worker) -> None:
        for one, two in pairs:
            one.merge(two)

    def back(_: Worker) -> None:
        for one, two in pairs:
            two.merge(one)

    run_threads(forth, back)
    assert {(2, 3), (3, 2)} >= {(one.count, two.count) for one, two in pairs}


class Yielding:
    """A number whose __float__ lets other threads run, which suspends every critical section of its own thread."""

    def __float__(self) -> float:
        """Give way, then be one."""
        time.sleep(0.0)
        return 1.0


def values_that_yield_all_count(make: Make) -> None:
    """A value counts, also where other threads push while it is being converted."""
    shared = make()

    def work(_worker: Worker) -> None:
        for _ in range(YIELDS):
            shared.push(Yielding())

    run_threads(*[work] * THREADS)
    assert (shared.count, shared.mean) == (THREADS * YIELDS, 1.0)


def iterables_that_yield_all_count(make: Make) -> None:
    """All values of an iterable count, also where other threads push while it is being iterated."""
    shared = make()

    def slowly() -> Iterator[int]:
        for _ in range(YIELDS):
            time.sleep(0.0)
            yield 1

    def work(_: Worker) -> None:
        shared.push_many(slowly())

    run_threads(*[work] * THREADS)
    assert (shared.count, shared.mean) == (THREADS * YIELDS, 1.0)


# Each with the twin that it has to catch.
ALL = (
    (pushed_values_all_count, "RacyStatistics"),
    (copies_are_whole, "RacyStatistics"),
    (merged_snapshots_are_whole, "HalfLockedStatistics"),
    (merging_both_ways_has_an_order, "HalfLockedStatistics"),
    (values_that_yield_all_count, "SuspendedStatistics"),
    (iterables_that_yield_all_count, "SuspendedStatistics"),
)
