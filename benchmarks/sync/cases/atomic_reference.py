"""AtomicReference beside other references."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.sync.case import Case, Contender, Sharing, compare

OURS = "from ungil import AtomicReference; o = AtomicReference()"
CEREGGII = "from cereggii import AtomicRef; o = AtomicRef(None)"
FT_UTILS = "from ft_utils.concurrency import AtomicReference; o = AtomicReference(None)"
MORTAL = "\nvalue = object(); o.set(value)"
BOTH = (Sharing.DISTINCT, Sharing.SHARED)


def cases() -> Iterator[Case]:
    """Reading and setting; None is immortal, so that no reference to it is counted."""
    yield from compare(
        "get None",
        BOTH,
        Contender("ungil AtomicReference", OURS, "o.get()"),
        Contender("cereggii AtomicRef", CEREGGII, "o.get()"),
        Contender("ft_utils AtomicReference", FT_UTILS, "o.get()"),
    )
    yield from compare(
        "get a mortal object",
        BOTH,
        Contender("ungil AtomicReference", OURS + MORTAL, "o.get()"),
        Contender("cereggii AtomicRef", CEREGGII + MORTAL, "o.get()"),
        Contender("ft_utils AtomicReference", FT_UTILS + MORTAL, "o.get()"),
    )
    yield from compare(
        "set None",
        BOTH,
        Contender("ungil AtomicReference", OURS, "o.set(None)"),
        Contender("cereggii AtomicRef", CEREGGII, "o.set(None)"),
        Contender("ft_utils AtomicReference", FT_UTILS, "o.set(None)"),
    )
    yield from compare(
        "exchange None",
        BOTH,
        Contender("ungil AtomicReference", OURS, "o.exchange(None)"),
        Contender("cereggii AtomicRef", CEREGGII, "o.get_and_set(None)"),
        Contender("ft_utils AtomicReference", FT_UTILS, "o.exchange(None)"),
    )
    yield from compare(
        "compare and set None",
        BOTH,
        Contender("ungil AtomicReference", OURS, "o.compare_and_set(None, None)"),
        Contender("cereggii AtomicRef", CEREGGII, "o.compare_and_set(None, None)"),
        Contender("ft_utils AtomicReference", FT_UTILS, "o.compare_exchange(None, None)"),
    )
