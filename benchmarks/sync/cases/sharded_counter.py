"""ShardedCounter beside counters of one word."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.sync.case import Case, Contender, Sharing, compare
from benchmarks.sync.cases import atomic_integer

OURS = "from ungil import ShardedCounter; o = ShardedCounter()"
BOTH = (Sharing.DISTINCT, Sharing.SHARED)


def cases() -> Iterator[Case]:
    """Counting without asking for the sum, and asking for it."""
    yield from compare(
        "count",
        BOTH,
        Contender("ungil ShardedCounter", OURS, "o.increment()"),
        Contender("ungil AtomicInteger", atomic_integer.OURS, "o.increment()"),
        Contender("cereggii AtomicInt64", atomic_integer.CEREGGII, "o.increment_and_get()"),
        Contender("list and Lock", atomic_integer.LOCKED, "with o[1]:\n    o[0] += 1", blocking=True),
    )
    yield from compare(
        "count by amounts",
        BOTH,
        Contender("ungil ShardedCounter", OURS, "o.add(1)"),
        Contender("ungil AtomicInteger", atomic_integer.OURS, "o.add(1)"),
        Contender("cereggii AtomicInt64", atomic_integer.CEREGGII, "o.increment_and_get(1)"),
    )
    yield from compare(
        "read the count",
        BOTH,
        Contender("ungil ShardedCounter", OURS, "o.sum()"),
        Contender("ungil AtomicInteger", atomic_integer.OURS, "o.get()"),
    )
