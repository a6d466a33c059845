"""What the types have to offer, found by looking at them, and a statement that uses each of it.

A member without a statement is reported by name: that is how a new method comes to be measured.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.sync.case import Case, Sharing

import ungil

CONSTRUCT = "construct and drop"

# Members of the class rather than of an object, and what constructing an object has called already.
OF_THE_CLASS = {
    "__class__",
    "__class_getitem__",
    "__doc__",
    "__init__",
    "__init_subclass__",
    "__match_args__",
    "__module__",
    "__new__",
    "__orig_bases__",
    "__parameters__",
    "__slotnames__",
    "__subclasshook__",
    "__weakref__",
    "n_fields",
    "n_sequence_fields",
    "n_unnamed_fields",
}
REFUSED = "try:\n    o.__reduce__()\nexcept TypeError:\n    pass"
OPERATORS = {
    "__bool__": "bool(o)",
    "__contains__": "1 in o",
    "__delitem__": "o[2] = 2\ndel o[2]",
    "__eq__": "o == 1",
    "__float__": "float(o)",
    "__ge__": "o >= 1",
    "__getitem__": "o[1]",
    "__gt__": "o > 1",
    "__iadd__": "o += 1",
    "__iand__": "o &= 7",
    "__ifloordiv__": "o //= 1",
    "__ilshift__": "o <<= 0",
    "__imod__": "o %= 9",
    "__imul__": "o *= 1",
    "__index__": "index(o)",
    "__int__": "int(o)",
    "__ior__": "o |= 1",
    "__irshift__": "o >>= 0",
    "__isub__": "o -= 1",
    "__iter__": "iter(o)",
    "__ixor__": "o ^= 1",
    "__le__": "o <= 1",
    "__len__": "len(o)",
    "__lt__": "o < 1",
    "__ne__": "o != 1",
    "__reduce__": REFUSED,
    "__repr__": "repr(o)",
    "__setitem__": "o[1] = 1",
}


@dataclass(frozen=True)
class Subject:
    """A type, how to make one, and statements beside those of the operators."""

    construct: str
    statements: dict[str, str]
    names: str = ""  # what the constructor and the statements need
    prepare: str = ""  # what is done to the object


def _calls(**arguments: str) -> dict[str, str]:
    """Methods by name, called with the arguments given."""
    return {name: f"o.{name}({given})" for name, given in arguments.items()}


# What has == has the other comparisons as well, in one slot: to be refused by it is what is measured.
UNORDERED = _calls(__lt__="1", __le__="1", __gt__="1", __ge__="1")

SUBJECTS = {
    "AtomicFlag": Subject("AtomicFlag()", _calls(is_set="", set="", clear="", test_and_set="")),
    "AtomicInteger": Subject(
        "AtomicInteger()",
        _calls(get="", set="1", increment="", decrement="", add="1", exchange="1", compare_and_set="1, 1", update="f"),
        "from operator import index\ndef f(old): return old",
    ),
    "AtomicReference": Subject(
        "AtomicReference()",
        _calls(get="", set="None", exchange="None", compare_and_set="None, None", update="f"),
        "def f(old): return old",
    ),
    "BoundedQueue": Subject(
        "BoundedQueue(64)",
        {
            **dict.fromkeys(("put", "get"), "o.put(1)\no.get()"),
            **dict.fromkeys(("put_nowait", "get_nowait"), "o.put_nowait(1)\no.get_nowait()"),
            **dict.fromkeys(("put_many", "get_many"), "o.put_many(items)\no.get_many(4)"),
            "__contains__": "try:\n    1 in o\nexcept TypeError:\n    pass",
            "__next__": "o.put(1)\nnext(o)",
            "close": "closed.close()",
            "closed": "o.closed",
            "maxsize": "o.maxsize",
        },
        "items = [1] * 4\nclosed = BoundedQueue(1)",
    ),
    "CacheStatistics": Subject(
        "CacheStatistics((1, 2, 3, 4, 5))",
        {
            **_calls(__replace__="hits=1"),
            **{name: f"o.{name}" for name in ("hits", "misses", "evictions", "size", "maxsize")},
        },
    ),
    "ConcurrentCache": Subject(
        "ConcurrentCache(64)",
        {**_calls(get="1", get_or_compute="1, f", statistics="", pop="2, None", clear=""), "maxsize": "o.maxsize"},
        "def f(key): return 1",
        "o.get_or_compute(1, f)",
    ),
    "ConcurrentDict": Subject(
        "ConcurrentDict()",
        {
            **_calls(
                get="1", get_or_compute="1, f", update_value="1, f", setdefault="1, 1", pop="2, None", update="few"
            ),
            **UNORDERED,
            **_calls(keys="", values="", items="", copy="", clear="", snapshot=""),
            "popitem": "o[2] = 2\no.popitem()",
        },
        "few = {1: 1}\ndef f(value): return 1",
        "o[1] = 1",
    ),
    "Lazy": Subject("Lazy(f)", {"get": "o.get()", "ready": "o.ready"}, "def f(): return 1"),
    "Once": Subject("Once()", {**_calls(run="f"), "done": "o.done"}, "def f(): return 1"),
    "RunningStatistics": Subject(
        "RunningStatistics()",
        {
            **_calls(push="1.5", push_many="few", merge="other", copy=""),
            **{name: f"o.{name}" for name in ("count", "mean", "variance", "minimum", "maximum")},
        },
        "few = [1.5, 2.5]\nother = RunningStatistics()\nother.push(1.5)",
        "o.push(1.5)",
    ),
    "ShardedCounter": Subject("ShardedCounter()", _calls(add="1", increment="", sum="")),
}


def public_types() -> dict[str, type]:
    """What `from ungil import *` brings that objects are made of; exceptions are not meant to be shared."""
    exported = {name: getattr(ungil, name) for name in ungil.__all__}
    return {
        name: value
        for name, value in sorted(exported.items())
        if isinstance(value, type) and not issubclass(value, BaseException)
    }


def members(cls: type) -> list[str]:
    """All that a type has and the built-in types it descends from have not, by name; private names apart."""
    return [name for name in dir(cls) if _counts(cls, name)]


def _counts(cls: type, name: str) -> bool:
    special = name.startswith("__") and name.endswith("__")
    if name in OF_THE_CLASS or (name.startswith("_") and not special):
        return False
    value = getattr(cls, name, None)
    built_in = [base for base in cls.__mro__ if base.__module__ == "builtins"]
    return value is not None and all(value is not getattr(base, name, None) for base in built_in)


def statement_for(type_name: str, member: str) -> str | None:
    """What uses a member; nothing where nobody has written it yet."""
    subject = SUBJECTS.get(type_name)
    if subject is None:
        return None
    if member == CONSTRUCT:
        return subject.construct
    return subject.statements.get(member) or OPERATORS.get(member)


def unmeasured() -> list[str]:
    """Members, and types, that have no statement."""
    return [
        f"{name}.{member}"
        for name, cls in public_types().items()
        for member in (CONSTRUCT, *members(cls))
        if statement_for(name, member) is None
    ]


def member_cases() -> Iterator[Case]:
    """A case for every member that has a statement."""
    for name, cls in public_types().items():
        for member in (CONSTRUCT, *members(cls)):
            statement = statement_for(name, member)
            if statement is not None:
                yield Case(name, member, Sharing.DISTINCT, _setup(name), (statement,), blocking=True)


def _setup(type_name: str) -> str:
    subject = SUBJECTS[type_name]
    return f"from ungil import {type_name}\n{subject.names}\no = {subject.construct}\n{subject.prepare}\n"
