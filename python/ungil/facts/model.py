"""What a rule may see: facts about a project, never tokens or trees.

The places and things of C and C++ (``Function``, ``Call``, ``Value``, ``Lock``, ...) come from the native front-end
and are documented in ``_scan.pyi``. They are immutable and may be used from any thread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ungil._scan import (
    Access,
    Binding,
    Call,
    Comment,
    EarlyPublication,
    Exit,
    Exposure,
    File,
    Function,
    LazyFill,
    Lock,
    Lookup,
    Member,
    MemberUse,
    ModuleEntry,
    Record,
    Region,
    Span,
    StaleUse,
    Store,
    Value,
    Variable,
)
from ungil.facts.build.read import BuildFacts
from ungil.facts.ci.model import CiFacts
from ungil.facts.cython.model import CythonFacts
from ungil.facts.native.statics import Role, SharedStatic
from ungil.facts.packaging.model import PackagingFacts, Seen
from ungil.facts.python.sharing import PythonFacts

__all__ = [
    "Access",
    "Binding",
    "Call",
    "Comment",
    "Declaration",
    "EarlyPublication",
    "Exit",
    "Exposure",
    "Facts",
    "File",
    "Function",
    "Initialisation",
    "LazyFill",
    "Lock",
    "Lookup",
    "Member",
    "MemberUse",
    "ModuleEntry",
    "ModuleInit",
    "Record",
    "Region",
    "Role",
    "SharedStatic",
    "Span",
    "StaleUse",
    "Store",
    "Value",
    "Variable",
]


class Initialisation(StrEnum):
    """How a module is initialised (PEP 489)."""

    SINGLE_PHASE = "single-phase"
    MULTI_PHASE = "multi-phase"
    UNCLEAR = "unclear"


class Declaration(StrEnum):
    """What a module says about the GIL."""

    NOT_USED = "Py_MOD_GIL_NOT_USED"
    USED = "Py_MOD_GIL_USED"
    UNCLEAR = "a value that only the build knows"
    MISSING = "nothing"
    LATE = "a call that is made when the GIL has been turned on already"


@dataclass(frozen=True, slots=True)
class ModuleInit:
    """One extension module: how its initialisation function makes it, and what it declares.

    Attributes:
        entry: where it begins: ``PyInit_name``, ``PyModExport_name``, or a macro.
        name: of the module; the macro, where that makes the name up.
        initialisation: single-phase or multi-phase, or unclear where a framework decides or it cannot be followed.
        declaration: what it says about the GIL.
        file, span: where the declaration is or would have to be: the slot array, the call that creates the module, or
            the framework's macro.
    """

    entry: ModuleEntry
    name: str
    initialisation: Initialisation
    declaration: Declaration
    file: File
    span: Span


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known of one project, joined over its files.

    Attributes:
        files: every file that was read.
        modules: the extension modules among them.
        shared_statics: variables with static storage that threads share while a module is in use, and what each is for.
        object_statics: C++ variables with static or thread storage that hold an object of a binding library, or whose
            initializer calls Python.
        thread_objects: variables with thread storage that point to a Python object.
        early_publications: new objects that others can reach before their fields are set.
        member_uses: what methods of classes that a C++ framework shows to Python do with data members.
        singleton_uses: the same of classes of which a function returns its one static object.
    """

    files: tuple[File, ...]
    modules: tuple[ModuleInit, ...] = field(default=())
    exposures: tuple[Exposure, ...] = field(default=())
    shared_statics: tuple[SharedStatic, ...] = field(default=())
    object_statics: tuple[Variable, ...] = field(default=())
    thread_objects: tuple[Variable, ...] = field(default=())
    early_publications: tuple[EarlyPublication, ...] = field(default=())
    member_uses: tuple[MemberUse, ...] = field(default=())
    singleton_uses: tuple[MemberUse, ...] = field(default=())
    cython: CythonFacts = field(default_factory=CythonFacts)
    build: BuildFacts = field(default_factory=BuildFacts)
    ci: CiFacts = field(default_factory=CiFacts)
    packaging: PackagingFacts = field(default_factory=PackagingFacts)
    python: PythonFacts = field(default_factory=PythonFacts)

    _kept: dict[Callable[[Facts], Any], Any] = field(default_factory=dict, init=False, compare=False, repr=False)

    def once[Fact](self, work_out: Callable[[Facts], Fact]) -> Fact:
        """What ``work_out`` makes of the facts, kept for all rules that ask. Two threads may both work it out."""
        if work_out not in self._kept:
            self._kept[work_out] = work_out(self)
        kept: Fact = self._kept[work_out]
        return kept

    @property
    def makes_modules(self) -> bool:
        """The project has extension modules, whether they are read here or not."""
        unread = self.packaging.seen(Seen.CFFI, Seen.PYO3)
        return bool(self.modules or self.cython.modules or self.build.generators or unread)

    def functions(self) -> Iterator[Function]:
        """Every function that has a body, file by file in source order."""
        for file in self.files:
            yield from file.functions

    def calls_to(self, names: Set[str]) -> Iterator[Call]:
        """Every call to one of ``names``, file by file in source order."""
        for file in self.files:
            yield from file.calls_to(set(names))

    def stores_to(self, names: Set[str]) -> Iterator[Store]:
        """Where a field or a static variable of one of these names is set."""
        for file in self.files:
            yield from file.stores_to(set(names))

    def members(self, names: Set[str]) -> Iterator[Member]:
        """Uses of members of the interpreter's own structs."""
        for file in self.files:
            yield from file.members(set(names))

    def comments_with(self, words: Set[str]) -> Iterator[tuple[File, Comment]]:
        """Every comment in which one of ``words`` stands, in whatever case, file by file in source order."""
        for file in self.files:
            for comment in file.comments_with(set(words)):
                yield file, comment
