"""AtomicFlag beside other flags."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.sync.case import Case, Contender, Sharing, compare

OURS = "from ungil import AtomicFlag; o = AtomicFlag()"
CEREGGII = "from cereggii import AtomicBool; o = AtomicBool(False)"
FT_UTILS = "from ft_utils.concurrency import AtomicFlag; o = AtomicFlag(False)"
EVENT = "from threading import Event; o = Event()"
BOTH = (Sharing.DISTINCT, Sharing.SHARED)


def cases() -> Iterator[Case]:
    """Reading and setting. An Event can also be waited for, which the others cannot."""
    yield from compare(
        "read a flag",
        BOTH,
        Contender("ungil AtomicFlag", OURS, "o.is_set()"),
        Contender("cereggii AtomicBool", CEREGGII, "o.get()"),
        Contender("ft_utils AtomicFlag", FT_UTILS, "bool(o)"),
        Contender("threading.Event", EVENT, "o.is_set()"),
    )
    yield from compare(
        "set a flag",
        BOTH,
        Contender("ungil AtomicFlag", OURS, "o.set()"),
        Contender("cereggii AtomicBool", CEREGGII, "o.set(True)"),
        Contender("ft_utils AtomicFlag", FT_UTILS, "o.set(True)"),
        Contender("threading.Event", EVENT, "o.set()", blocking=True),
    )
    yield from compare(
        "test and set a flag",
        BOTH,
        Contender("ungil AtomicFlag", OURS, "o.test_and_set()"),
        Contender("cereggii AtomicBool", CEREGGII, "o.get_and_set(True)"),
    )
