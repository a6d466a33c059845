"""Counters that are globals or attributes, where the interpreter counts references to them as well."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.sync.case import Case, Contender, Sharing, compare
from benchmarks.sync.cases import atomic_integer, sharded_counter

DEFERRED = "\nfrom ungil import defer_refcount; defer_refcount(o)"
PLACES = (Sharing.GLOBAL, Sharing.ATTRIBUTE)


def cases() -> Iterator[Case]:
    """The same increments as elsewhere, through a global and through an attribute."""
    yield from compare(
        "increment in a shared place",
        PLACES,
        Contender("ungil AtomicInteger", atomic_integer.OURS, "o.increment()"),
        Contender("ungil AtomicInteger, deferred", atomic_integer.OURS + DEFERRED, "o.increment()"),
        Contender("ungil ShardedCounter", sharded_counter.OURS, "o.increment()"),
        Contender("ungil ShardedCounter, deferred", sharded_counter.OURS + DEFERRED, "o.increment()"),
        Contender("cereggii AtomicInt64", atomic_integer.CEREGGII, "o.increment_and_get()"),
        Contender("ft_utils AtomicInt64", atomic_integer.FT_UTILS, "o.incr()"),
        Contender("list and Lock", atomic_integer.LOCKED, "with o[1]:\n    o[0] += 1", blocking=True),
    )
