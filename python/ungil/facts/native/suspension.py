"""Which calls may run Python code or detach the thread: what a lock must not, or cannot, be held across.

While a thread detaches, waits for a lock or runs Python code, the interpreter may suspend its critical sections. A
mutex stays locked all that time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from ungil import _scan, capi
from ungil.facts.model import Call, Facts, Function, StaleUse

__all__ = ["Suspension", "Suspensions", "Why", "changed_fields", "is_own", "stale_uses", "suspensions"]

_DEPTH = 4  # of helpers that are followed
_MOST_CALLS = 200  # of one helper


class Why(IntEnum):
    """What may happen in a call; the order is that of likelihood."""

    COMPARES = 1
    DROPS = 2
    DETACHES = 3
    RUNS_PYTHON = 4


@dataclass(frozen=True, slots=True)
class Suspension:
    """A call that may suspend.

    Attributes:
        why: what it does at the end of the path.
        path: the names that lead there, the call's own first.
        last: the call of the C API.
    """

    why: Why
    path: tuple[str, ...]
    last: Call

    @property
    def text(self) -> str:
        """Ready for a sentence: ``PyObject_Repr()``, ``log(), which calls PyObject_Repr()``."""
        return f"{self.path[0]}()" + (f", which calls {self.path[-1]}()" if self.path[1:] else "")


class Suspensions:
    """Answers, kept for all rules. Two threads may both work one out."""

    def __init__(self, _facts: Facts) -> None:
        """Begin with nothing known."""
        self._of: dict[tuple[tuple[int, int], int], Suspension | None] = {}

    def of_call(self, call: Call, depth: int = _DEPTH) -> Suspension | None:
        """The most likely way in which the call suspends, or None."""
        helpers = [] if call.is_member else call.function.resolve(call.name)
        if not helpers:
            why = _known(call)
            return Suspension(why, (call.name,), call) if why is not None else None
        found = self._of_function(helpers[0], depth) if depth and len(helpers) == 1 else None
        return Suspension(found.why, (call.name, *found.path), found.last) if found is not None else None

    def _of_function(self, function: Function, depth: int) -> Suspension | None:
        key = (function.key, depth)
        if key not in self._of:
            self._of[key] = max(self._in_function(function, depth), key=lambda found: found.why, default=None)
        return self._of[key]

    def _in_function(self, function: Function, depth: int) -> Iterator[Suspension]:
        for call in function.calls[:_MOST_CALLS]:
            found = self.of_call(call, depth - 1)
            if found is not None and not (found.why is Why.DROPS and is_own(found.last)):
                yield found


def suspensions(facts: Facts) -> Suspensions:
    """The one that all rules share."""
    return facts.once(Suspensions)


def stale_uses(facts: Facts) -> Iterator[StaleUse]:
    """Where critical sections use what they read before, file by file in source order."""
    for file in facts.files:
        yield from _scan.stale_uses(file)


def changed_fields(facts: Facts, fields: set[str]) -> set[str]:
    """Those of the fields that are set while the module is in use, in objects that others may have."""
    if not fields:
        return set()
    changes = (change for file in facts.files for change in _scan.field_changes(file, fields))
    return {name for name, function in changes if not function.only_initialises and not function.is_finaliser}


def is_own(call: Call) -> bool:
    """Does it give up a reference to what the function has just made itself, with a destructor that is no surprise?"""
    index = capi.lookup(call.name).drops
    return index is not None and _is_plain(call, index)


def _is_plain(call: Call, index: int) -> bool:
    """Is the argument an object of a built-in type that the function has made itself?"""
    if index >= len(call.arguments):
        return False
    value = call.arguments[index]
    producers = [name for name in value.producers if name]
    return value.origin == "local" and bool(producers) and all(_makes_plain(name) for name in producers)


_PLAIN = ("PyLong_From", "PyFloat_From", "PyUnicode_", "PyBytes_From", "PyBool_From", "PyCapsule_New", "Py_BuildValue")


def _makes_plain(name: str) -> bool:
    return name.startswith(_PLAIN) or capi.lookup(name).fresh


def _known(call: Call) -> Why | None:
    if call.function.file.macro(call.name) is not None:
        return None
    known = capi.lookup(call.name)
    if known.calls and call.arguments and call.arguments[0].text.startswith("PyExc_"):
        return None  # makes an exception of a class that is known
    if known.runs_python:
        return Why.RUNS_PYTHON
    if known.detaches:
        return Why.DETACHES
    if known.drops is not None:
        return Why.DROPS
    return Why.COMPARES if known.hashes is not None and not _is_plain(call, known.hashes) else None
