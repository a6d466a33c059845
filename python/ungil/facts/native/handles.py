"""Native handles that objects keep: the states, connections and streams that an extension hands to a library."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from ungil.facts.model import Call, Facts, Function, Record, Region, Variable
from ungil.facts.native.attachment import follows

__all__ = ["Handle", "Handles"]

_FIELD = re.compile(r"(&?)\s*\(?\s*(\w+)\s*->\s*(\w+)\)?\s*$")
_MAKES_OBJECTS = frozenset(
    {
        "PyObject_New",
        "PyObject_NewVar",
        "PyObject_GC_New",
        "PyObject_GC_NewVar",
        "PyObject_NEW",
        "_PyObject_New",
        "tp_alloc",
    }
    | {"PyType_GenericAlloc", "PyType_GenericNew", "PyObject_Malloc", "_PyObject_GC_New"}
)
_INITIALISES = re.compile(r"(?:^|_)(?:tp_)?(?:init|new)(?:_|$)|__init__|__new__|(?:I|_i)nit$|New$")
# Read by the callee, or made for many threads: text, locks, streams that lock themselves, and SQLite's handles, which
# do so unless it was built or opened for one thread (sqlite.org/threadsafe.html).
_HARMLESS_TYPES = frozenset(
    {
        "char",
        "wchar_t",
        "FILE",
        "sqlite3",
        "sqlite3_stmt",
        "sqlite3_blob",
        "Py_UCS4",
        "Py_UNICODE",
        "PyThread_type_lock",
    }
)
_SYNCHRONISES = re.compile(r"mutex|lock|cond(?!uct)|sem_t|semaphore|atomic|once|event", re.IGNORECASE)
_READS = re.compile(
    r"str(?:len|n?cmp|dup)|memcmp|sizeof|assert|(?:\w*_)?[gG]et(?:_\w+)?|\w*Get[A-Z]\w*|\w+_get_\w+|\w*_is_\w+"
)


@dataclass(frozen=True, slots=True)
class Handle:
    """A native handle of an object, used by a call: ``update(self->state, data)``."""

    call: Call
    record: Record
    field: Variable
    text: str


class Handles:
    """The object types of a project, and which of their fields are native handles."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    @cached_property
    def _records(self) -> dict[str, Record]:
        found = {}
        for file in self._facts.files:
            for record in file.records:
                if record.has_object_head:
                    found.update({name: record for name in (record.name, record.alias) if name})
        return found

    def used_in(self, region: Region) -> Iterator[Handle]:
        """The handles of shared objects that calls in the region get."""
        function = region.function
        for call in region.calls:
            if _READS.fullmatch(call.name):
                continue
            for value in call.arguments:
                match = _FIELD.match(value.text) or _FIELD.match(value.object)
                if match is None or _is_private(function, match[2]):
                    continue
                handle = self._handle(call, match)
                if handle is not None:
                    yield handle

    def _handle(self, call: Call, match: re.Match[str]) -> Handle | None:
        address, owner, name = match.groups()
        record = self._records.get(call.function.type_of(owner))
        if record is None:
            return None
        for field in record.fields:
            if field.name == name and _is_handle(field, by_address=bool(address)):
                return Handle(call, record, field, f"{owner}->{name}")
        return None


def _is_handle(field: Variable, *, by_address: bool) -> bool:
    if field.type in _HARMLESS_TYPES or field.type.startswith("Py") or _SYNCHRONISES.search(field.type):
        return False
    return by_address or field.pointers > 0


def _is_private(function: Function, owner: str) -> bool:
    """Was the object made here, or is it still being made?"""
    if _INITIALISES.search(function.name):
        return True
    return owner not in {name for name, _ in function.parameters} and follows(function, _MAKES_OBJECTS, 1)
