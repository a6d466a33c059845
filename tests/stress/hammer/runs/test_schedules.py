"""Which stops there are, and in which orders threads go on."""

from __future__ import annotations

import random

import pytest

from ungil.stress.hammer.runs.oracle import orders, turns_in_order
from ungil.stress.hammer.runs.schedules import one_stop, points, spread, three_threads, two_stops


def test_each_instruction_is_a_place_to_stop() -> None:
    """An instruction counts once for each of the first times that it is reached."""
    assert points([10, 14, 10, 10, 10, 18]) == [(10, 1), (14, 1), (10, 2), (10, 3), (18, 1)]


def test_a_selection_is_from_all_parts() -> None:
    """Of too many places some are taken from each part of the trace, and all if there are few."""
    places = [(address, 1) for address in range(1000)]
    rng = random.Random(1)  # noqa: S311 - no secret
    chosen = spread(places, 10, rng)
    assert [address // 100 for address, _ in chosen] == list(range(10))
    assert spread(places[:5], 10, rng) == places[:5]


def test_schedules_end_every_thread() -> None:
    """Whatever the stops, each thread has a turn in which it can make all its calls."""
    schedules = [one_stop([2, 3], (8, 1)), two_stops([2, 3], (8, 1), (9, 2)), *three_threads([1, 2, 3], (8, 1), (9, 1))]
    for schedule in schedules:
        ends = {thread: calls for thread, calls, address, _ in schedule if not address}
        assert set(ends) == {thread for thread, *_ in schedule}
    assert one_stop([1, 1], (8, 1)) == [(0, 1, 8, 1), (1, 1, 0, 0), (0, 1, 0, 0)]


@pytest.mark.parametrize(("calls", "number"), [([1, 1], 2), ([1, 1, 1], 6), ([2, 2], 6), ([3, 3], 20), ([0, 2], 1)])
def test_every_order_is_tried(calls: list[int], number: int) -> None:
    """Orders are all different, and are as many as there are ways to mix the calls."""
    found = orders(calls)
    assert len(set(found)) == len(found) == number
    assert all([order.count(thread) for thread in range(len(calls))] == calls for order in found)


def test_too_many_orders_are_refused() -> None:
    """What cannot be tried completely is no oracle."""
    with pytest.raises(ValueError, match="orders"):
        orders([5, 5])


def test_an_order_is_turns() -> None:
    """Calls of one thread in a row are one turn, which ends with the last of them."""
    assert turns_in_order((0, 0, 1, 0)) == [(0, 2, 0, 0), (1, 1, 0, 0), (0, 3, 0, 0)]
