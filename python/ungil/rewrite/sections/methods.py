"""The methods through which Python reaches the fields of a type, over all files of a project."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ungil import _scan
from ungil.facts.model import Exposure, Facts, Function, Record
from ungil.fixer import Site, Tree, Undecided
from ungil.syntax.functions import WrittenFunction

__all__ = ["Method", "exposure_at", "methods_that_use"]

_FREES = {"tp_free", "PyObject_Del", "PyObject_DEL", "PyObject_GC_Del", "PyObject_Free", "PyObject_FREE"}
_MEMBER = re.compile(r"(?:->|\.)\s*(\w+)")


@dataclass(frozen=True, slots=True)
class Method:
    """A function that Python calls.

    Attributes:
        path: of its file.
        function: as it stands there.
        objects: its parameters that are objects of the type, by name.
    """

    path: str
    function: WrittenFunction
    objects: tuple[str, ...]


def exposure_at(site: Site) -> Exposure:
    """What the rule saw.

    Raises:
        Undecided: it is not there any more.
    """
    where = site.finding.location
    for exposure in site.facts.exposures:
        span = exposure.span
        if (exposure.function.file.path, span.line, span.column) == (where.path, where.line, where.column):
            return exposure
    raise Undecided("the use of the field was not found again: hold a critical section on the object by hand")


def methods_that_use(tree: Tree, type_name: str) -> tuple[Method, ...]:
    """The methods that use fields of a type which change, themselves or through functions that they call."""
    return tree.once(("methods that use", type_name), lambda: tuple(_methods(tree, type_name)))


def _methods(tree: Tree, type_name: str) -> Iterator[Method]:
    names = _names_of(tree.facts, type_name)
    if not all(_is_object(tree.facts, record) for record in _records(tree.facts, names)):
        return  # a section on a plain struct of that name would lock what is no lock
    exposed = {exposure.field for exposure in tree.facts.exposures if exposure.type == type_name}
    fields = _changing_fields(tree.facts, names) | exposed
    users = _users(tree, fields)
    for file in tree.facts.files:
        for function in file.functions:
            plain = function.is_in_table and not _frees(function) and not function.says_locked
            if plain and function.key in users:
                written = tree.unit(file.path).written(function)
                objects = _objects(written, names)
                if objects and not _locks_itself(function):
                    yield Method(file.path, written, objects)


def _names_of(facts: Facts, type_name: str) -> set[str]:
    """The tag of a struct, and the name that a typedef gives it."""
    found = {name for record in _records(facts, {type_name}) for name in (record.name, record.alias) if name}
    return {type_name} | found


def _records(facts: Facts, names: set[str]) -> Iterator[Record]:
    """The structs that have one of these names."""
    for file in facts.files:
        for record in file.records:
            if {record.name, record.alias} & names:
                yield record


def _is_object(facts: Facts, record: Record) -> bool:
    """It begins as an object does, or with the struct of one."""
    seen = set[str]()
    while not record.has_object_head:
        first = record.fields[0] if record.fields else None
        if first is None or first.pointers or first.type in seen:
            return False
        seen.add(first.type)
        base = max(_records(facts, {first.type}), key=lambda one: one.has_object_head, default=None)
        if base is None:
            return False
        record = base
    return True


def _changing_fields(facts: Facts, names: set[str]) -> set[str]:
    """The fields of a type that are set after its objects are made."""
    every = {field.name for record in _records(facts, names) for field in record.fields}
    return {
        field
        for file in facts.files
        for field, function in _scan.field_changes(file, every)
        if not function.is_finaliser and not function.only_initialises
    }


type _Key = tuple[int, int]  # of a function


def _users(tree: Tree, fields: set[str]) -> set[_Key]:
    """The functions that name a member so, themselves or through functions that they call and Python does not."""
    by_name = tree.once("by the members they name", lambda: _by_members(tree))
    waiting = [function for field in fields for function in by_name.get(field, ())]
    users = {function.key for function in waiting}
    while waiting:
        function = waiting.pop()
        if not function.is_in_table:
            callers = [call.function for call in function.callers if call.function.key not in users]
            users |= {caller.key for caller in callers}
            waiting += callers
    return users


def _by_members(tree: Tree) -> dict[str, list[Function]]:
    """The functions that name a member, by its name."""
    found: dict[str, list[Function]] = {}
    for file in tree.facts.files:
        text = tree.sources[file.path].data.decode("latin-1")
        for function in file.functions:
            for name in set(_MEMBER.findall(text, *_scan.body_bytes(function))):
                found.setdefault(name, []).append(function)
    return found


def _objects(function: WrittenFunction, names: set[str]) -> tuple[str, ...]:
    """The parameters whose type is the type's struct, or that are cast to it."""
    words, found = function.words, list[str]()
    for parameter in function.parameters:
        if not parameter.name:
            continue
        own = parameter.type.replace("*", " ").split()[-1:] and parameter.type.replace("*", " ").split()[-1] in names
        cast = any(
            words[use - 1].text == ")"
            and words[use - 2].text == "*"
            and words[use - 3].text in names
            and words[use + 1].text not in {"->", ".", "(", "["}  # what is cast there is a part of it, or a result
            for use in words.uses(function.inside, parameter.name)
        )
        if own or cast:
            found.append(parameter.name)
    return tuple(found)


def _frees(function: Function) -> bool:
    """It gives the object's memory back: a section on it would be ended in memory that is gone."""
    return function.is_finaliser or any(call.name in _FREES for call in function.calls)


def _locks_itself(function: Function) -> bool:
    return any(lock.is_critical_section for lock in function.locks)
