"""Growth is told where it goes on, comes back and is less in order; noise, and what ends, is none."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from ungil.stress.hammer.runs.growth import growth
from ungil.stress.hammer.runs.memory import memory

pytestmark = pytest.mark.thread_unsafe(reason="it measures the memory of the whole process")


def nothing() -> None:
    """Lose nothing."""


def losing(often: int) -> Callable[[], None]:
    """What loses ten objects in one pass of so many."""
    lost: list[object] = [None] * 10_000  # so that the list itself does not grow
    passes = itertools.count()

    def run() -> None:
        number = next(passes)
        if number % often == 0:
            lost[10 * number : 10 * number + 10] = [object() for _ in range(10)]

    return run


def test_objects_that_are_lost_in_each_pass_are_growth() -> None:
    """Ten blocks, and none in order."""
    found = growth(losing(1), nothing)
    assert found is not None
    assert (found.unit, found.together, found.in_order) == ("blocks of Python's memory", 10, 0)


def test_what_grows_in_order_as_well_is_none() -> None:
    """A registry, or a cache without a limit, is nothing that threads do."""
    assert growth(losing(1), losing(1)) is None


def test_what_is_lost_now_and_then_is_none() -> None:
    """A list that is made longer every other pass is noise."""
    assert growth(losing(2), nothing) is None


def test_what_ends_is_none() -> None:
    """Caches are filled, and then they are full."""
    cache: list[object] = [None] * 100
    slots = iter(range(5))

    def fill() -> None:
        if (slot := next(slots, None)) is not None:
            cache[slot] = object()

    assert growth(fill, nothing) is None


def test_memory_of_the_c_library_is_seen() -> None:
    """A buffer that no allocator of Python's knows of."""
    before = memory().bytes
    if not before:
        pytest.skip("this C library does not tell what is in use")
    import ctypes  # noqa: PLC0415 - only here

    libc = ctypes.CDLL(None)
    libc.malloc.restype = ctypes.c_void_p
    libc.free.argtypes = [ctypes.c_void_p]
    buffer = libc.malloc(5_000_000)
    grown = memory().bytes - before
    libc.free(buffer)
    assert grown >= 5_000_000
