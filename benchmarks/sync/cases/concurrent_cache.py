"""ConcurrentCache beside functools.lru_cache: ten thousand keys, asked for in random order."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.sync.case import Case, Contender, Sharing, compare

KEYS = "from benchmarks.sync.workload import NAMES, VALUE as v\ndef f(key): return 7\n"
FILL = "\nfor name in NAMES:\n    "
SHARED = (Sharing.SHARED,)


def cases() -> Iterator[Case]:
    """Hits in a cache that holds every key, and a cache that holds a tenth of them."""
    ours = KEYS + "from ungil import ConcurrentCache; o = ConcurrentCache(20_000)"
    ours += FILL + "o.get_or_compute(name, f)"
    cereggii = KEYS + "from cereggii import AtomicCache; o = AtomicCache(f)"
    yield from compare(
        "cache hit",
        SHARED,
        Contender("ungil ConcurrentCache, get_or_compute", ours, "o.get_or_compute({k}, f)", blocking=True),
        Contender("ungil ConcurrentCache, get", ours, "o.get({k})", blocking=True),
        Contender("lru_cache(20000)", _lru(20_000), "o({k})", blocking=True),
        Contender("lru_cache(None)", _lru(None), "o({k})", blocking=True),
        Contender("cereggii AtomicCache", cereggii + FILL + "o[name]", "o[{k}]", blocking=True),
        Contender("dict, unbounded", KEYS + "o = dict.fromkeys(NAMES, v)", "o[{k}]", blocking=True),
        keyed=True,
    )
    small = KEYS + "from ungil import ConcurrentCache; o = ConcurrentCache(1_000)"
    yield from compare(
        "cache of a tenth of the keys",
        SHARED,
        Contender("ungil ConcurrentCache", small, "o.get_or_compute({k}, f)", blocking=True),
        Contender("lru_cache(1000)", _lru(1_000), "o({k})", blocking=True),
        keyed=True,
    )


def _lru(maxsize: int | None) -> str:
    return KEYS + f"from functools import lru_cache; o = lru_cache({maxsize})(f)" + FILL + "o(name)"
