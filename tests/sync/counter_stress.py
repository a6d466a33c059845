"""What must hold for a sharded counter under threads: ShardedCounter passes this, its racy twins fail."""

import threading
from collections.abc import Callable
from typing import Protocol

from tests.concurrency import Worker, run_threads

THREADS = 4
STEPS = 5_000


class _Increments(Protocol):
    """The methods of ShardedCounter that both of its racy twins have."""

    def increment(self) -> None: ...
    def sum(self) -> int: ...


class _Adds(_Increments, Protocol):
    """The methods of ShardedCounter."""

    def add(self, amount: int, /) -> None: ...


def increments_are_all_there(make: Callable[[], _Increments]) -> None:
    """When all threads have ended, sum() is the number of calls of increment()."""
    counter = make()

    def work(_worker: Worker) -> None:
        for _ in range(STEPS):
            counter.increment()

    run_threads(*[work] * THREADS)
    assert counter.sum() == THREADS * STEPS


def added_amounts_sum_up(make: Callable[[], _Adds]) -> None:
    """Nothing that was added is lost, whatever its sign and size."""
    counter = make()

    def work(worker: Worker) -> int:
        amounts = [worker.random.choice((1, -1, 2**31, -(2**31), 2**40, -(2**40))) for _ in range(STEPS)]
        for amount in amounts:
            counter.add(amount)
        return sum(amounts)

    assert sum(run_threads(*[work] * THREADS)) == counter.sum()


def a_sum_of_increments_never_goes_down(make: Callable[[], _Increments]) -> None:
    """While threads increment, each sum() is at least the one before it, and the last is all of them."""
    counter = make()

    def work(_worker: Worker) -> None:
        before = 0
        for mine in range(1, STEPS + 1):
            counter.increment()
            now = counter.sum()
            assert max(mine, before) <= now <= THREADS * STEPS
            before = now

    run_threads(*[work] * THREADS)
    assert counter.sum() == THREADS * STEPS


def threads_that_come_and_go_lose_nothing(make: Callable[[], _Increments]) -> None:
    """Threads that start while others end, and so may take over what those used, add to the same counter."""
    counter = make()
    legs = 10

    def run(leg: int, threads: list[threading.Thread]) -> None:
        for _ in range(500):
            counter.increment()
        if leg < legs:
            threads.append(threading.Thread(target=run, args=(leg + 1, threads)))
            threads[-1].start()

    def work(_worker: Worker) -> None:
        threads: list[threading.Thread] = []
        run(1, threads)
        for thread in threads:  # each adds its successor before it ends
            thread.join()

    run_threads(*[work] * THREADS)
    assert counter.sum() == THREADS * legs * 500


# On the twin whose threads share a cell all of them fail.
ALL = (
    increments_are_all_there,
    added_amounts_sum_up,
    a_sum_of_increments_never_goes_down,
    threads_that_come_and_go_lose_nothing,
)


def a_second_thread_loses_nothing(make: Callable[[], _Increments]) -> None:
    """What the first thread adds while a second one adds for the first time is not lost."""
    counters = [make() for _ in range(100)]

    def first(_worker: Worker) -> None:
        for counter in counters:
            for _ in range(100):
                counter.increment()

    def second(_worker: Worker) -> None:
        for counter in counters:
            any(counter.sum() for _ in range(10_000))  # wait, but not for ever, until the first one is at it
            counter.increment()

    run_threads(first, second)
    assert [counter.sum() for counter in counters] == [101] * len(counters)
