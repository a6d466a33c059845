"""Memory that threads use up together and that the same calls do not use up in order: what one loses, nobody frees.

A pass is some runs, each on a fresh object that is dropped afterwards. After the first passes, which fill caches, each
leaves as much in use as the one before, to the block, unless something is lost. So growth counts if it goes on from one
pass to the next, comes back when all is measured again, and stays away where the calls are made one after the other.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from statistics import median_low
from typing import Final

from ungil.stress.hammer.runs.memory import memory

__all__ = ["Growth", "growth"]

WARM: Final = 3
PASSES: Final = 4
AGAIN: Final = 2
"""Further measurements of what has grown once."""

FACTOR: Final = 4
"""By how much growth in order has to be less."""

_UNITS: Final = ("blocks of Python's memory", "bytes", "bytes of the process")
"""What the numbers of ``Memory`` count."""

_LEAST: Final = (1, 16, 1 << 18)
"""What each pass has to add at least."""


@dataclass(frozen=True, slots=True)
class Growth:
    """Memory that grew.

    Attributes:
        unit: what is counted.
        together: how much a pass adds: the median.
        in_order: how much one adds if its calls are made one after the other.
    """

    unit: str
    together: int
    in_order: int


def growth(together: Callable[[], None], in_order: Callable[[], None]) -> Growth | None:
    """What passes of runs lose together that passes of as many runs in order do not."""
    found = None
    for _ in range(1 + AGAIN):
        much = _growth(together, least=_LEAST)
        if not any(much):
            return None
        little = _growth(in_order)
        found = next((one for number in range(len(_UNITS)) if (one := _compared(number, much, little))), None)
        if found is None:
            return None
    return found


def _compared(number: int, much: list[int], little: list[int]) -> Growth | None:
    if much[number] <= 0 or much[number] < FACTOR * little[number]:
        return None
    return Growth(_UNITS[number], much[number], little[number])


def _growth(run: Callable[[], None], least: tuple[int, ...] = ()) -> list[int]:
    """By how much each number of ``Memory`` grows in a pass; 0 for one that grows by less than ``least`` in any.

    What is measured is kept in memory that is there before: it must not count itself.
    """
    seen = array("q", bytes(8 * len(_UNITS) * (1 + PASSES)))
    for _ in range(WARM):
        run()
        _note(seen, 0)  # what others have dropped may take the collector several rounds
    for number in range(1, 1 + PASSES):
        run()
        _note(seen, number)
        if least and not any(_in_a_pass(seen, number, unit, least) for unit in range(len(_UNITS))):
            return [0] * len(_UNITS)
    return [_in_a_pass(seen, PASSES, unit, least) for unit in range(len(_UNITS))]


def _note(seen: array[int], number: int) -> None:
    for unit, value in enumerate(memory()):
        seen[number * len(_UNITS) + unit] = value


def _in_a_pass(seen: array[int], passes: int, unit: int, least: tuple[int, ...]) -> int:
    """The growth of one unit in most of the first passes; 0 if one of them added less than the least."""
    values = [seen[number * len(_UNITS) + unit] for number in range(passes + 1)]
    grown = [after - before for before, after in pairwise(values)]
    return 0 if least and min(grown) < least[unit] else median_low(grown)
