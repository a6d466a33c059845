"""Every method of every exported type, called with whatever comes to hand: nothing may crash, wait or leak."""

import gc
import random
from collections.abc import Iterator

import ungil

NOT_OBJECTS = {"CacheStatistics", "QueueClosed"}
TYPES = [
    value
    for name, value in vars(ungil).items()
    if isinstance(value, type) and name in ungil.__all__ and name not in NOT_OBJECTS
]

ARGUMENTS: tuple[object, ...] = (
    *(None, True, -1, 0, 3, 2**63 - 1, -(2**63), 2**70, 0.5, float("nan"), 1e300, "text", b"bytes"),
    *((), ("a", "pair"), [], {}, {1: 2}, object(), int, str, repr, len, lambda: None, lambda *_: 1 / 0),
)

# Made once: it is not the interpreter's own memory for classes that is looked at here.
SUBCLASSES = {kind: type("Sub", (kind,), {}) for kind in TYPES}

CONSTRUCTED: dict[str, tuple[object, ...]] = {"BoundedQueue": (3,), "ConcurrentCache": (3,), "Lazy": (int,)}

# What waits for other threads where it is not told how long.
WAITS = {("BoundedQueue", name) for name in ("get", "get_many", "put", "put_many", "__iter__", "__next__")}


def objects(kind: type) -> Iterator[object]:
    """One that was made as it should be, one that only __new__ made, and one of a subclass."""
    arguments = CONSTRUCTED.get(kind.__name__, ())
    yield kind(*arguments)
    yield kind.__new__(kind)  # type: ignore[call-overload] # mypy takes kind for type itself
    yield SUBCLASSES[kind](*arguments)


def members(kind: type) -> list[str]:
    """The methods, operators and properties that the type itself has."""
    return sorted(name for name in vars(kind) if name not in {"__new__", "__doc__", "__module__"})


def call_members(kind: type, item: object, choose: random.Random) -> int:
    """Call each member of an object once with arguments at random; how many calls returned."""
    returned = 0
    for name in members(kind):
        arguments = choose.choices(ARGUMENTS, k=choose.randrange(4))
        returned += _call(item, name, arguments, may_wait=(kind.__name__, name) in WAITS)
    return returned


def call_everything(choose: random.Random) -> int:
    """The same for each kind of object of each type."""
    return sum(call_members(kind, item, choose) for kind in TYPES for item in objects(kind))


def _call(item: object, name: str, arguments: list[object], *, may_wait: bool) -> bool:
    try:
        member = getattr(item, name)
        if callable(member):
            member(*arguments, **({"timeout": 0} if may_wait else {}))
    except Exception:  # noqa: BLE001 - any exception is an answer; a crash or an endless wait is none
        return False
    return True


def resident_bytes() -> int:
    """The memory that this process has now, on Linux."""
    with open("/proc/self/statm", "rb") as statm:  # noqa: PTH123 - a test about memory makes no more objects than needed
        return int(statm.read().split()[1]) * 4096


def growth(rounds: int, choose: random.Random) -> int:
    """By how many bytes the process has grown after `rounds` of calling everything, once it is warm."""
    for _ in range(rounds):
        call_everything(choose)
    gc.collect()
    before = resident_bytes()
    for _ in range(rounds):
        call_everything(choose)
    gc.collect()
    return resident_bytes() - before
