"""What must hold for a flag under threads: AtomicFlag passes this, RacyFlag fails."""

import time
from collections.abc import Callable
from typing import Protocol

from tests.concurrency import Worker, run_threads

THREADS = 4


class _Flag(Protocol):
    """The methods of AtomicFlag that its racy twin has too."""

    def test_and_set(self) -> bool: ...
    def clear(self) -> None: ...


type Make = Callable[[], _Flag]


def one_thread_sets_each_flag(make: Make) -> None:
    """Of the threads that call test_and_set() on a clear flag exactly one gets False."""
    flags = [make() for _ in range(5_000)]
    won = run_threads(*[lambda _: [i for i, flag in enumerate(flags) if not flag.test_and_set()]] * THREADS)
    assert sorted(i for wins in won for i in wins) == list(range(len(flags)))


def a_flag_keeps_others_out(make: Make) -> None:
    """Between test_and_set() that returned False and clear() no other thread gets False."""
    flag = make()
    total = [0]

    def work(_worker: Worker) -> None:
        for _ in range(1_000):
            while flag.test_and_set():
                time.sleep(0)
            total[0] += 1  # two statements to the interpreter: what another thread adds between them is lost
            flag.clear()

    run_threads(*[work] * THREADS)
    assert total == [THREADS * 1_000]


ALL = (one_thread_sets_each_flag, a_flag_keeps_others_out)
