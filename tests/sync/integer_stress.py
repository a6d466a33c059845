"""What must hold for an atomic integer under threads: AtomicInteger passes this, RacyInteger fails."""

import itertools
from collections.abc import Callable
from typing import Protocol, Self

from tests.concurrency import Worker, run_threads

THREADS = 4
STEPS = 5_000


class _Integer(Protocol):
    """The methods of AtomicInteger that its racy twin has too."""

    def get(self) -> int: ...
    def add(self, amount: int, /) -> int: ...
    def increment(self) -> int: ...
    def exchange(self, value: int, /) -> int: ...
    def compare_and_set(self, expected: int, value: int, /) -> bool: ...
    def update(self, function: Callable[[int], int], /) -> int: ...
    def __iadd__(self, amount: int, /) -> Self: ...


type Make = Callable[[int], _Integer]


def increments_are_distinct(make: Make) -> None:
    """No two threads get the same number from increment(), and none is missing."""
    counter = make(0)
    seen = run_threads(*[lambda _: [counter.increment() for _ in range(STEPS)]] * THREADS)
    assert sorted(itertools.chain(*seen)) == list(range(1, THREADS * STEPS + 1))
    assert counter.get() == THREADS * STEPS


def added_amounts_sum_up(make: Make) -> None:
    """Nothing that was added is lost, whatever its sign and size."""
    counter = make(0)

    def work(worker: Worker) -> int:
        amounts = [worker.random.choice((1, -1, 2**31, -(2**31), 2**40, -(2**40))) for _ in range(STEPS)]
        for amount in amounts:
            counter.add(amount)
        return sum(amounts)

    added = sum(run_threads(*[work] * THREADS))
    assert counter.get() == added


def inplace_additions_sum_up(make: Make) -> None:
    """`+=` on a shared object is one step."""
    counter = make(0)

    def work(_worker: Worker) -> None:
        mine = counter
        for _ in range(STEPS):
            mine += 1
        assert mine is counter

    run_threads(*[work] * THREADS)
    assert counter.get() == THREADS * STEPS


def exchanged_values_are_handed_over(make: Make) -> None:
    """Every value put in by exchange() comes out of exactly one other exchange(), or is the last."""
    cell = make(-1)

    def work(worker: Worker) -> list[int]:
        return [cell.exchange(worker.index * STEPS + step) for step in range(STEPS)]

    out = list(itertools.chain(*run_threads(*[work] * THREADS)))
    assert sorted([*out, cell.get()]) == list(range(-1, THREADS * STEPS))


def one_thread_wins_each_compare_and_set(make: Make) -> None:
    """A step from n to n + 1 succeeds in exactly one thread."""
    counter = make(0)

    def work(_: Worker) -> int:
        return sum(counter.compare_and_set(n, n + 1) for n in range(STEPS) for _ in range(2))

    wins = sum(run_threads(*[work] * THREADS))
    assert wins == counter.get()


def updates_are_not_lost(make: Make) -> None:
    """Each call of update() is applied to the value that the one before it left."""
    counter = make(0)
    seen = run_threads(*[lambda _: [counter.update(lambda value: value + 3) for _ in range(STEPS // 10)]] * THREADS)
    assert sorted(itertools.chain(*seen)) == list(range(3, 3 * THREADS * (STEPS // 10) + 1, 3))


ALL = (
    increments_are_distinct,
    added_amounts_sum_up,
    inplace_additions_sum_up,
    exchanged_values_are_handed_over,
    one_thread_wins_each_compare_and_set,
    updates_are_not_lost,
)
