"""ConcurrentDict beside dict and other mappings: ten thousand keys, asked for in random order."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.sync.case import UNROLLED, Case, Contender, Sharing, compare

WORKLOAD = "\nfrom benchmarks.sync.workload import NAMES, VALUE as v\nfor name in NAMES:\n    o[name] = v\n"
OURS = "from ungil import ConcurrentDict; o = ConcurrentDict()" + WORKLOAD
DICT = "o = {}" + WORKLOAD
LOCK = "from threading import Lock; lock = Lock()\n"
CEREGGII = "from cereggii import AtomicDict; o = AtomicDict()" + WORKLOAD
FT_UTILS = "from ft_utils.concurrency import ConcurrentDict; o = ConcurrentDict(4099)" + WORKLOAD
SHARED = (Sharing.SHARED,)

READ, WRITE = "o[{k}]", "o[{k}] = v"
MIXES = {
    "look up": (READ,),
    "look up 95 %, assign 5 %": (*[READ] * (UNROLLED - 1), WRITE),
    "look up 50 %, assign 50 %": (READ, WRITE),
}


def cases() -> Iterator[Case]:
    """Reads and writes in three proportions, then single methods, then one key that everybody wants."""
    for operation, statements in MIXES.items():
        yield from compare(operation, SHARED, *_mappings(statements), keyed=True)
    yield from compare("get with a default", SHARED, *_mappings(("o.get({k}, v)",), locked=False), keyed=True)
    yield from compare("look up one hot key", SHARED, *_mappings(("o['key-00500']",), locked=False))
    yield from compare("assign one hot key", SHARED, *_mappings(("o['key-00500'] = v",)))
    step = "\ndef step(old): return (old + 1) & 127"
    yield from compare(
        "count by key",
        SHARED,
        Contender("ungil ConcurrentDict", OURS + step, "o.update_value({k}, step)", blocking=True),
        Contender("dict and Lock", LOCK + DICT, "with lock:\n    o[{k}] = (o[{k}] + 1) & 127", blocking=True),
        keyed=True,
    )
    yield from compare(
        "compute if absent, present",
        SHARED,
        Contender("ungil ConcurrentDict", OURS + "\nf = len", "o.get_or_compute({k}, f)", blocking=True),
        Contender("dict.setdefault", DICT, "o.setdefault({k}, v)", blocking=True),
        Contender("ft_utils ConcurrentDict", FT_UTILS, "o.setdefault({k}, v)", blocking=True),
        keyed=True,
    )


def _mappings(statements: tuple[str, ...], *, locked: bool = True) -> list[Contender]:
    """Every mapping. They all have locks inside, where writers wait."""
    under_lock = tuple(f"with lock:\n    {statement}" for statement in statements)
    found = [
        Contender("ungil ConcurrentDict", OURS, statements, blocking=True),
        Contender("dict", DICT, statements, blocking=True),
        Contender("cereggii AtomicDict", CEREGGII, statements, blocking=True),
        Contender("ft_utils ConcurrentDict", FT_UTILS, statements, blocking=True),
    ]
    return [*found, Contender("dict and Lock", LOCK + DICT, under_lock, blocking=True)] if locked else found
