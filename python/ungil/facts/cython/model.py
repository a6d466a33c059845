"""What a rule may see of Cython: modules, classes and functions, what these touch, and under which guards.

Modules and what the build asks for come from the text; the rest comes from Cython's own parser, and is empty where
that is not installed.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ungil.facts.cython.access import Access, CythonCall, Effect, Fill, Freed, Holds, Place

__all__ = [
    "Access",
    "Attribute",
    "CythonCall",
    "CythonClass",
    "CythonDirective",
    "CythonFacts",
    "CythonFile",
    "CythonFunction",
    "CythonModule",
    "CythonRequirement",
    "CythonVariable",
    "Effect",
    "Fill",
    "Freed",
    "Holds",
    "Place",
    "Role",
    "Stance",
]


class Stance(StrEnum):
    """What a Cython module, or its build, says about the GIL: the directive ``freethreading_compatible``."""

    COMPATIBLE = "True"
    INCOMPATIBLE = "False"
    UNCLEAR = "a value that only the build knows"
    MISSING = "nothing"


@dataclass(frozen=True, slots=True)
class CythonFile:
    """One file: Cython source, a template of it, or a file of the build.

    Attributes:
        path: relative to the project, with forward slashes.
        lines: how many it has.
        first: its first line.
    """

    path: str
    lines: int
    first: Place


@dataclass(frozen=True, slots=True)
class CythonDirective:
    """``freethreading_compatible`` at the head of a file."""

    file: CythonFile
    place: Place
    stance: Stance


@dataclass(frozen=True, slots=True)
class CythonModule:
    """A ``.pyx`` file that is compiled on its own: one that no other file includes.

    Attributes:
        file: where it is.
        stance: what it says, or else what the build says for it.
        is_shipped: False below folders of tests, examples, benchmarks and documentation.
        directive: what the file itself says, and where; None if it says nothing.
        build: what the build says for it, whatever the file says.
    """

    file: CythonFile
    stance: Stance
    is_shipped: bool
    directive: CythonDirective | None = None
    build: Stance = Stance.MISSING


@dataclass(frozen=True, slots=True)
class CythonRequirement:
    """The version of Cython that ``[build-system]`` asks for.

    Attributes:
        file, place: of the requirement.
        text: as it is written.
        allows_old: a Cython before 3.1 would do.
        allows_new: some Cython since 3.1 would do.
    """

    file: CythonFile
    place: Place
    text: str
    allows_old: bool
    allows_new: bool


class Role(StrEnum):
    """When a function runs."""

    INITIALISER = "before anybody else has the object"
    FINALISER = "when nobody else has the object"
    ORDINARY = "at any time"


@dataclass(frozen=True, slots=True)
class Attribute:
    """A C attribute of a ``cdef class``.

    Attributes:
        name, type: as declared, the type without its pointers.
        holds: what it holds.
        visibility: ``private``, ``public`` or ``readonly``; Python reads the latter two without any lock.
        file, place: where it is declared.
    """

    name: str
    type: str
    holds: Holds
    visibility: str
    file: CythonFile
    place: Place


@dataclass(frozen=True, slots=True)
class CythonVariable:
    """A variable of a module: a C variable, or a name that holds a container.

    Attributes:
        name, type: as declared; the type is "" without a declaration.
        holds: what it holds.
        file, place: where it is declared.
    """

    name: str
    type: str
    holds: Holds
    file: CythonFile
    place: Place


@dataclass(frozen=True, slots=True)
class CythonFunction:
    """A ``def``, ``cdef`` or ``cpdef`` function.

    Attributes:
        file, place, name: where it is and what it is called; a property's accessors are ``name.__get__`` and so on.
        owner: the ``cdef class`` it is a method of, or "".
        is_entry: Python can call it; a ``cdef`` function is called by Cython only.
        role: when it runs, by its name.
        decorators: their names.
        guard: the decorator that holds a lock around it all, or "".
        accesses, calls, fills: in the order of the source.
        raises: where it raises, with what is held.
        freed: what is freed while it can still be reached.
        touches: the attributes of other objects that it uses, with the class that is declared for these.
        attaches_under_lock: ``with gil`` where a lock is held that was taken without it.
        is_nogil: it is declared ``nogil``, and may be called while the thread is detached.
    """

    file: CythonFile
    place: Place
    name: str
    owner: str
    is_entry: bool
    role: Role
    decorators: tuple[str, ...]
    guard: str
    accesses: tuple[Access, ...]
    calls: tuple[CythonCall, ...]
    fills: tuple[Fill, ...]
    raises: tuple[tuple[Place, tuple[str, ...]], ...]
    freed: tuple[Freed, ...]
    touches: frozenset[tuple[str, str]]
    attaches_under_lock: tuple[Place, ...]
    is_nogil: bool = False

    @property
    def title(self) -> str:
        """With its class."""
        return f"{self.owner}.{self.name}" if self.owner else self.name


@dataclass(frozen=True, slots=True)
class CythonClass:
    """A ``cdef class``, with the attributes that its declaration elsewhere adds and those of its bases."""

    name: str
    file: CythonFile
    place: Place
    bases: tuple[str, ...]
    attributes: dict[str, Attribute]
    methods: tuple[CythonFunction, ...]


@dataclass(frozen=True, slots=True)
class CythonFacts:
    """All that is known of a project's Cython, joined over its files.

    Attributes:
        files, modules, requirements: read from the text.
        classes, functions, variables: by Cython's parser; ``functions`` holds the methods too.
        idle_directives: at the head of files that are no modules, where they do nothing.
        foreign: the names of C functions that each file can call, by path.
        quiet: the functions that nobody can meet: all their callers hold a lock, or run while nobody else has the
            object; as the ``id`` of each.
        unread: per file, why it was not understood.
    """

    files: tuple[CythonFile, ...] = field(default=())
    modules: tuple[CythonModule, ...] = field(default=())
    requirements: tuple[CythonRequirement, ...] = field(default=())
    classes: tuple[CythonClass, ...] = field(default=())
    functions: tuple[CythonFunction, ...] = field(default=())
    variables: dict[str, CythonVariable] = field(default_factory=dict)
    idle_directives: tuple[CythonDirective, ...] = field(default=())
    foreign: dict[str, frozenset[str]] = field(default_factory=dict)
    quiet: frozenset[int] = field(default=frozenset())
    unread: tuple[tuple[str, str], ...] = field(default=())

    _kept: dict[Hashable, Any] = field(default_factory=dict, init=False, compare=False, repr=False)

    def once[Fact](self, key: Hashable, work_out: Callable[[], Fact]) -> Fact:
        """What ``work_out`` makes, kept under a key for all rules that ask. Two threads may both work it out."""
        if key not in self._kept:
            self._kept[key] = work_out()
        kept: Fact = self._kept[key]
        return kept

    def family(self, one: CythonClass) -> list[CythonClass]:
        """The class with all that it derives from and all that derive from it."""
        return [other for other in self.classes if self._derives(one, other.name) or self._derives(other, one.name)]

    def _derives(self, one: CythonClass, base: str) -> bool:
        waiting, seen = [one.name], set()
        while waiting:
            name = waiting.pop()
            if name == base:
                return True
            if name not in seen:
                seen.add(name)
                waiting.extend(found for other in self.classes if other.name == name for found in other.bases)
        return False

    def is_foreign(self, function: CythonFunction, call: CythonCall) -> bool:
        """The call is one of a C function: cimported, or declared as ``extern``."""
        names = self.foreign.get(function.file.path, frozenset())
        return call.name in names or call.name.rpartition(".")[0] in names

    def shared_functions(self) -> list[CythonFunction]:
        """The functions that two threads can be in at once, without a lock that covers all of it."""
        return [f for f in self.functions if f.role is Role.ORDINARY and not f.guard and id(f) not in self.quiet]
