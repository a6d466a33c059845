"""The methods through which Python reaches the fields of a type, over all files of a project."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ungil import _scan
from ungil.facts.model import Exposure, Facts, Function
from ungil.fixer import Site, Tree, Undecided
from ungil.syntax.functions import WrittenFunction

__all__ = ["Method", "exposure_at", "methods_that_use"]

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


def methods_that_use(tree: Tree, exposure: Exposure) -> tuple[Method, ...]:
    """The methods that use fields of the exposed type which change, themselves or through functions that they call."""
    key = ("methods that use", exposure.type, exposure.field)
    return tree.once(key, lambda: tuple(_methods(tree, exposure)))


def _methods(tree: Tree, exposure: Exposure) -> Iterator[Method]:
    names = _names_of(tree.facts, exposure.type)
    uses = _Uses(tree, _changing_fields(tree.facts, names) | {exposure.field})
    for file in tree.facts.files:
        for function in file.functions:
            if function.is_in_table and not function.is_finaliser and not function.says_locked and uses.has(function):
                written = tree.unit(file.path).written(function)
                objects = _objects(written, names)
                if objects and not _locks_itself(function):
                    yield Method(file.path, written, objects)


def _names_of(facts: Facts, type_name: str) -> set[str]:
    """The tag of a struct, and the name that a typedef gives it."""
    names = {type_name}
    for file in facts.files:
        for record in file.records:
            if type_name in {record.name, record.alias}:
                names |= {record.name, record.alias} - {""}
    return names


def _changing_fields(facts: Facts, names: set[str]) -> set[str]:
    """The fields of a type that are set after its objects are made."""
    every = {
        field.name
        for file in facts.files
        for record in file.records
        if {record.name, record.alias} & names
        for field in record.fields
    }
    return {
        field
        for file in facts.files
        for field, function in _scan.field_changes(file, every)
        if not function.is_finaliser and not function.only_initialises
    }


class _Uses:
    """Which functions use a field, themselves or through what they call."""

    def __init__(self, tree: Tree, fields: set[str]) -> None:
        self._tree = tree
        self._fields = fields
        self._known: dict[tuple[int, int], bool] = {}

    def has(self, function: Function) -> bool:
        """Functions that call each other in a circle are followed once."""
        if function.key not in self._known:
            self._known[function.key] = False
            self._known[function.key] = self._directly(function) or any(
                self.has(called) for called in _called(function) if not called.is_in_table
            )
        return self._known[function.key]

    def _directly(self, function: Function) -> bool:
        path = function.file.path
        named = self._tree.once(("members", path), lambda: _members(self._tree, path))
        return not self._fields.isdisjoint(named[function.key])


def _members(tree: Tree, path: str) -> dict[tuple[int, int], set[str]]:
    """The members that each function of a file names, by the function's key."""
    text = tree.sources[path].data.decode("latin-1")
    file = next(file for file in tree.facts.files if file.path == path)
    bodies = ((function.key, _scan.body_bytes(function)) for function in file.functions)
    return {key: set(_MEMBER.findall(text, first, last)) for key, (first, last) in bodies}


def _called(function: Function) -> Iterator[Function]:
    for name in {call.name for call in function.calls}:
        yield from function.resolve(name)


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
            for use in words.uses(function.body.words, parameter.name)
        )
        if own or cast:
            found.append(parameter.name)
    return tuple(found)


def _locks_itself(function: Function) -> bool:
    return any(lock.is_critical_section for lock in function.locks)
