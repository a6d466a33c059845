"""What a rule may see of Python code: classes, functions and variables, what is done to them, and under which locks.

A *subject* is what threads may share, as it is written, with the names of parameters made equal: ``self.x`` for an
attribute of the method's object, ``Spam.x`` for one of a class, ``x`` for a variable of the module. Locks are subjects.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from ungil.facts.python.access import (
    Access,
    Decision,
    Holding,
    Kind,
    Place,
    PyCall,
    Question,
    Spawn,
    Taken,
    Touch,
    Unreleased,
)

__all__ = [
    "Access",
    "Decision",
    "Holding",
    "Kind",
    "Place",
    "PyAttribute",
    "PyCall",
    "PyClass",
    "PyFile",
    "PyFunction",
    "PyVariable",
    "Question",
    "Role",
    "Spawn",
    "Taken",
    "Touch",
    "Unreleased",
]


@dataclass(frozen=True, slots=True)
class PyFile:
    """One file.

    Attributes:
        path: relative to the project, with forward slashes.
        lines: how many it has.
        is_of_loop: it runs in an event loop: it has coroutines, and no word of threads; or it has greenlets, which
            are changed only where they wait.
        is_of_threads: it has a word of threads.
    """

    path: str
    lines: int
    is_of_loop: bool = False
    is_of_threads: bool = False


class Role(StrEnum):
    """When a function runs."""

    INITIALISER = "before anybody else has the object"
    FINALISER = "when nobody else has the object"
    ORDINARY = "at any time"


@dataclass(frozen=True, slots=True)
class PyFunction:
    """A function, a method, or the code of a module or class (``<module>``).

    Attributes:
        file, place, name: where it is and what it is called.
        owner: the class it is a method of, or whose method it is defined in; or "".
        outer: the function that it is defined in, or "".
        role: when it runs, by its name.
        decorators: their names, resolved.
        parameters: the names.
        stored_defaults: parameters whose default is a container.
        is_async, is_generator: as it says.
        is_guarded: a decorator, its name or documentation, or what it gives back says that a lock is held all the time.
        accesses, calls, decisions, spawns, unreleased, taken: in the order of the source.
        makes: local variables and what they are made as.
        returns: what the values are that it returns.
        passed_on: local variables that are used for more than to be locked.
        awaits: where it waits for an event loop with a thread's lock held.
    """

    file: PyFile
    place: Place
    name: str
    owner: str
    outer: str
    role: Role
    decorators: tuple[str, ...]
    parameters: tuple[str, ...]
    stored_defaults: tuple[str, ...]
    is_async: bool
    is_generator: bool
    is_guarded: bool
    accesses: tuple[Access, ...]
    calls: tuple[PyCall, ...]
    decisions: tuple[Decision, ...]
    spawns: tuple[Spawn, ...]
    unreleased: tuple[Unreleased, ...]
    taken: tuple[Taken, ...]
    makes: dict[str, tuple[Kind, Place]]
    returns: frozenset[Kind]
    passed_on: frozenset[str]
    awaits: tuple[tuple[str, Place], ...]

    @property
    def title(self) -> str:
        """With its class."""
        return f"{self.owner}.{self.name}" if self.owner else self.name

    @property
    def is_property(self) -> bool:
        """It is called without brackets."""
        return any(one.rpartition(".")[2] in {"property", "cached_property"} for one in self.decorators)

    def of(self, subject: str) -> Iterator[Access]:
        """What it does to a subject."""
        return (one for one in self.accesses if one.subject == subject)


@dataclass(frozen=True, slots=True)
class PyAttribute:
    """An attribute of a class or of its objects: what is first stored in it, and where."""

    name: str
    kind: Kind
    made: str
    of_class: bool
    place: Place


@dataclass(frozen=True, slots=True)
class PyClass:
    """A class, as it stands: without what its bases have."""

    name: str
    file: PyFile
    bases: tuple[str, ...]
    attributes: dict[str, PyAttribute]
    methods: tuple[PyFunction, ...]

    def method(self, name: str) -> PyFunction | None:
        """The method of that name."""
        return next((one for one in self.methods if one.name == name and not one.outer), None)


@dataclass(frozen=True, slots=True)
class PyVariable:
    """A variable of a module, and what is first stored in it."""

    name: str
    kind: Kind
    made: str
    file: PyFile
