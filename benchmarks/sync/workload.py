"""Keys and the order in which they are asked for."""

from __future__ import annotations

import random
import sys

from benchmarks.sync.case import UNROLLED

# Interned strings are immortal on free-threaded builds and small ints everywhere: counting references to a mortal key
# or value would cost more than any of the containers, and the same in all of them.
NAMES = [sys.intern(f"key-{index:05}") for index in range(10_000)]
VALUE = 7


def random_order(index: int) -> list[tuple[str, ...]]:
    """Every key once, in an order of thread `index`'s own."""
    names = random.Random(index).sample(NAMES, len(NAMES))  # noqa: S311 - no secret
    return [tuple(names[start : start + UNROLLED]) for start in range(0, len(names), UNROLLED)]
