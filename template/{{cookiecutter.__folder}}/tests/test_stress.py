"""Threads that share objects, as hard as they can. test_racy_twin.py shows that each of these tests can fail."""

from __future__ import annotations

from functools import partial
from time import sleep

from threads import together

from {{ cookiecutter.__package }} import Samples

THREADS = 4
STEPS = 50_000  # enough that threads meet although they start one after the other


def test_no_value_is_lost() -> None:
    """What threads add at the same time is all there."""
    samples = Samples()

    def add(first: int) -> None:
        for value in range(first, STEPS * THREADS, THREADS):
            samples.add(value)

    together(*(partial(add, first) for first in range(THREADS)))
    assert samples.ordered() == tuple(range(STEPS * THREADS))


def test_threads_share_one_order() -> None:
    """Threads that ask for the order at the same time get the same tuple: it is built once."""
    samples = Samples()
    samples.extend(range(STEPS * 2))  # to order them takes longer than a thread's turn on a core, so threads meet
    for _ in range(10):
        samples.add(0.0)
        assert len({id(order) for order in together(*[samples.ordered] * THREADS)}) == 1


def test_an_order_is_of_one_moment() -> None:
    """What ordered() returns while other threads add is in order, and has all that was in when it was called."""
    samples = Samples()
    samples.extend(range(STEPS * 2))  # takes long to order, so most of what is added comes in meanwhile
    looking = ["looking"]

    def look() -> None:
        try:
            for _ in range(10):
                least = len(samples)
                order = samples.ordered()
                assert len(order) >= least
                assert order[-1] == STEPS * 2 - 1
        finally:
            looking.clear()

    def add() -> None:
        while looking:
            samples.extend([0.0])
            sleep(0.001)

    together(look, add, add)
    assert len(samples.ordered()) == len(samples)


def test_values_that_move_are_somewhere() -> None:
    """Threads that take from two objects in opposite directions lose no value, and never wait for good."""
    left, right = Samples(), Samples()

    def move(to: Samples, source: Samples) -> None:
        for value in range(STEPS):
            to.add(value)
            to.take(source)

    together(*(partial(move, *pair) for pair in [(left, right), (right, left)] * (THREADS // 2)))
    assert len(left) + len(right) == THREADS * STEPS
