"""Once and Lazy, after the one time, beside other ways to have something made once."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.sync.case import Case, Contender, Sharing, compare

BOTH = (Sharing.DISTINCT, Sharing.SHARED)
FUNCTION = "def f(): return 7\n"
ONCE = FUNCTION + "from ungil import Once; o = Once(); o.run(f)"
LAZY = FUNCTION + "from ungil import Lazy; o = Lazy(f); o.get()"
CEREGGII = FUNCTION + "from cereggii import call_once; o = call_once(f); o()"
CACHE = FUNCTION + "from functools import cache; o = cache(f); o()"
LOCK = "from threading import Lock; o = [True, Lock(), 7]"


def cases() -> Iterator[Case]:
    """What is asked for is there already."""
    yield from compare(
        "what was made once",
        BOTH,
        Contender("ungil Lazy", LAZY, "o.get()"),
        Contender("ungil Once", ONCE, "o.run(f)"),
        Contender("cereggii call_once", CEREGGII, "o()", blocking=True),
        Contender("functools.cache", CACHE, "o()", blocking=True),
        Contender("Lock and a flag", LOCK, "with o[1]:\n    if o[0]:\n        o[2]", blocking=True),
    )
