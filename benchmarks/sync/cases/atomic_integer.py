"""AtomicInteger beside other counters."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.sync.case import Case, Contender, Sharing, compare

OURS = "from ungil import AtomicInteger; o = AtomicInteger()"
CEREGGII = "from cereggii import AtomicInt64; o = AtomicInt64(0)"
FT_UTILS = "from ft_utils.concurrency import AtomicInt64; o = AtomicInt64(0)"
FLOOR = "from benchmarks.sync.floor import floor_type; o = floor_type()()"
LOCKED = "from threading import Lock; o = [0, Lock()]"
BOTH = (Sharing.DISTINCT, Sharing.SHARED)


def cases() -> Iterator[Case]:
    """Counting, reading, setting."""
    yield from compare(
        "increment",
        BOTH,
        Contender("ungil AtomicInteger", OURS, "o.increment()"),
        Contender("cereggii AtomicInt64", CEREGGII, "o.increment_and_get()"),
        Contender("ft_utils AtomicInt64", FT_UTILS, "o.incr()"),
        Contender("itertools.count", "from itertools import count; o = count()", "next(o)"),
        Contender("list and Lock", LOCKED, "with o[1]:\n    o[0] += 1", blocking=True),
        Contender("C method that does nothing", FLOOR, "o.nothing()"),
        Contender("C method with a fetch_add", FLOOR, "o.increment()"),
        Contender("C fetch_add in a loop", FLOOR, "o.fetch_add_thousand()", count=1000),
    )
    yield from compare(
        "add 1",
        BOTH,
        Contender("ungil AtomicInteger", OURS, "o.add(1)"),
        Contender("cereggii AtomicInt64", CEREGGII, "o.increment_and_get(1)"),
    )
    yield from compare(
        "+= 1",
        BOTH,
        Contender("ungil AtomicInteger", OURS, "o += 1"),
        Contender("cereggii AtomicInt64", CEREGGII, "o += 1"),
        Contender("ft_utils AtomicInt64", FT_UTILS, "o += 1"),
    )
    yield from _words()


def _words() -> Iterator[Case]:
    """What every atomic word can do."""
    yield from compare(
        "get an int",
        BOTH,
        Contender("ungil AtomicInteger", OURS, "o.get()"),
        Contender("cereggii AtomicInt64", CEREGGII, "o.get()"),
        Contender("ft_utils AtomicInt64", FT_UTILS, "o.get()"),
    )
    yield from compare(
        "set an int",
        BOTH,
        Contender("ungil AtomicInteger", OURS, "o.set(2)"),
        Contender("cereggii AtomicInt64", CEREGGII, "o.set(2)"),
        Contender("ft_utils AtomicInt64", FT_UTILS, "o.set(2)"),
    )
    yield from compare(
        "exchange an int",
        BOTH,
        Contender("ungil AtomicInteger", OURS, "o.exchange(2)"),
        Contender("cereggii AtomicInt64", CEREGGII, "o.get_and_set(2)"),
    )
    yield from compare(
        "compare and set an int",
        BOTH,
        Contender("ungil AtomicInteger", OURS, "o.compare_and_set(0, 0)"),
        Contender("cereggii AtomicInt64", CEREGGII, "o.compare_and_set(0, 0)"),
    )
    yield from compare(
        "compare and set an int, refused",
        BOTH,
        Contender("ungil AtomicInteger", OURS, "o.compare_and_set(1, 2)"),
        Contender("cereggii AtomicInt64", CEREGGII, "o.compare_and_set(1, 2)"),
    )
