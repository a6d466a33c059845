"""Sizes of lists that were read once and go on being used after another thread may have shortened the list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ungil.facts.model import Call, Facts, Lock
from ungil.facts.native.containers import runs_alone
from ungil.facts.native.sharing import Sharing, covers

__all__ = ["StaleSize", "stale_sizes"]

_SIZES = frozenset({"PyList_GET_SIZE", "PyList_Size", "PySequence_Fast_GET_SIZE", "PySequence_Size", "Py_SIZE"})
_STRONG = frozenset({"PyList_GetItemRef"})
_UNCHECKED = frozenset({"PyList_GET_ITEM", "PySequence_Fast_GET_ITEM", "PyList_SET_ITEM"})
_TAKES_NULL = ("Py_X", "PyList_GetItemRef")
_RUNS_PYTHON = frozenset({"PyObject_Vectorcall", "PyObject_VectorcallMethod", "PyObject_IsTrue", "PyObject_Str"})
_RUN_PYTHON = ("PyObject_Call", "PyObject_GetAttr", "PyObject_SetAttr", "PyObject_RichCompare", "PyNumber_")
_DETACHES = frozenset({"PyEval_SaveThread", "Py_BEGIN_ALLOW_THREADS"})


@dataclass(frozen=True, slots=True)
class StaleSize:
    """A size that is out of date when an item is taken by index.

    Attributes:
        size: the call that reads it.
        item: the call that takes an item.
        since: what lets another thread in between them, for the reader.
    """

    size: Call
    item: Call
    since: str


def stale_sizes(facts: Facts) -> Iterator[StaleSize]:
    """One for each list in each function."""
    seen = set()
    for stale in (*_unchecked_references(facts), *_outside_sections(facts)):
        question = (stale.item.function.key, stale.item.arguments[0].object)
        if question not in seen:
            seen.add(question)
            yield stale


def _unchecked_references(facts: Facts) -> Iterator[StaleSize]:
    """``item = PyList_GetItemRef(list, i)`` up to a size from before, and the item used as if it were there."""
    sharing = Sharing(facts)
    for item in facts.calls_to(_STRONG):
        size = _size_before(item) if _takes_by_index(item) and not runs_alone(item) else None
        if size is not None and not sharing.is_guarded(item.arguments[0], item) and _is_used_unchecked(item):
            yield StaleSize(size, item, "the list is not locked")


def _takes_by_index(item: Call) -> bool:
    return len(item.arguments) > 1 and not item.arguments[1].text.isdigit()


def _size_before(item: Call) -> Call | None:
    """The last call before ``item`` that keeps the size of its list in a variable."""
    sizes = [
        call
        for call in item.function.calls
        if call.name in _SIZES and call.arguments and call.arguments[0].object == item.arguments[0].object
    ]
    kept = [call for call in sizes if call.target.isidentifier() and call.target != "return" and _before(call, item)]
    reread = any(not _before(call, item) or not call.target for call in sizes)
    return kept[-1] if kept and not reread else None


def _before(first: Call | Lock, second: Call | Lock) -> bool:
    return (first.span.line, first.span.column) < (second.span.line, second.span.column)


def _is_used_unchecked(item: Call) -> bool:
    """Does the next call that gets the item follow no test of it, and crash on NULL?"""
    if item.comparison or item.is_only_tested or not item.target.isidentifier():
        return False
    uses = [call for call in item.function.calls_with(item.target) if _before(item, call)]
    if not uses or uses[0].name.startswith(_TAKES_NULL) or uses[0].name == "PyErr_Occurred":
        return False
    return not any(subject == item.target for _, subject, _ in uses[0].known)


def _outside_sections(facts: Facts) -> Iterator[StaleSize]:
    """Items that are taken unchecked in a critical section, up to a size from before it or before a suspension."""
    for file in facts.files:
        for lock in file.locks:
            if lock.is_critical_section and not lock.function.only_initialises:
                yield from _in_section(lock)


def _in_section(lock: Lock) -> Iterator[StaleSize]:
    calls = lock.calls
    for item in calls:
        if item.name not in _UNCHECKED or not _takes_by_index(item) or not covers(lock, item.arguments[0]):
            continue
        size = _size_before(item)
        if size is None:
            continue
        if _before(size, lock) and not size.locks:
            yield StaleSize(size, item, f"the section begins at line {lock.span.line}, after the size was read")
        elif _before(lock, size) and (suspends := _suspension(calls, size, item)) is not None:
            yield StaleSize(size, item, f"{suspends.name}() at line {suspends.span.line} can suspend the section")


def _suspension(calls: list[Call], size: Call, item: Call) -> Call | None:
    """The first call after the size that runs Python code or detaches, in a loop over the items."""
    loops = item.arguments[1].text.isidentifier()
    later = (call for call in calls if loops and _before(size, call) and _lets_others_in(call))
    return next(later, None)


def _lets_others_in(call: Call) -> bool:
    return call.name in _RUNS_PYTHON or call.name in _DETACHES or call.name.startswith(_RUN_PYTHON)
