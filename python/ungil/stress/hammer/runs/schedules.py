"""Where threads are stopped: at which instructions, in which order."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from ungil.stress.hammer.runs.crew import NativeTurn

__all__ = ["Point", "one_stop", "points", "spread", "stopped_twice", "three_threads", "two_stops"]

type Point = tuple[int, int]
"""An address, and which time it is reached."""

type Schedule = list[NativeTurn]

MOST_HITS = 3
"""Of an instruction in a loop, the first times count: those after them differ in what they do, not in what it is."""


def points(trace: Iterable[int]) -> list[Point]:
    """Each instruction of a trace as a place to stop at, in order; of a loop, the first rounds."""
    hits: Counter[int] = Counter()
    found = []
    for address in trace:
        hits[address] += 1
        if hits[address] <= MOST_HITS:
            found.append((address, hits[address]))
    return found


def spread(places: Sequence[Point], most: int, rng: random.Random) -> list[Point]:
    """At most so many of them, from all parts of the trace."""
    if len(places) <= most:
        return list(places)
    step = len(places) / most
    return [places[min(int((number + rng.random()) * step), len(places) - 1)] for number in range(most)]


def one_stop(calls: Sequence[int], stop: Point) -> Schedule:
    """A stops there, each other thread makes all its calls, A goes on."""
    others = [(thread, calls[thread], 0, 0) for thread in range(1, len(calls))]
    return [(0, calls[0], *stop), *others, (0, calls[0], 0, 0)]


def two_stops(calls: Sequence[int], first: Point, second: Point) -> Schedule:
    """A stops, B stops, A goes on to its end, B goes on to its end."""
    a, b = calls
    return [(0, a, *first), (1, b, *second), (0, a, 0, 0), (1, b, 0, 0)]


def stopped_twice(calls: Sequence[int], first: Point, second: Point) -> Schedule:
    """A stops, B makes one call, A goes on and stops again, the last thread makes what it has left, A ends."""
    a, last = calls[0], len(calls) - 1
    return [(0, a, *first), (1, 1, 0, 0), (0, a, *second), (last, calls[last], 0, 0), (0, a, 0, 0)]


def three_threads(calls: Sequence[int], first: Point, second: Point) -> Iterator[Schedule]:
    """A and B each stop once and C runs in between, in the orders in which B's stop matters."""
    a, b, c = calls
    stop_a, stop_b, all_c = (0, a, *first), (1, b, *second), (2, c, 0, 0)
    end_a, end_b = (0, a, 0, 0), (1, b, 0, 0)
    yield [stop_a, stop_b, all_c, end_b, end_a]
    yield [stop_a, stop_b, all_c, end_a, end_b]
    yield [stop_a, stop_b, end_a, all_c, end_b]
