"""What a rule may see: facts about a project, never tokens or trees.

The places and things of C and C++ (``Function``, ``Call``, ``Value``, ``Lock``, ...) come from the native front-end
and are documented in ``_scan.pyi``. They are immutable and may be used from any thread.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from enum import StrEnum

from ungil._scan import Call, Comment, Exit, File, Function, LazyFill, Lock, Record, Span, Value, Variable

__all__ = [
    "Call",
    "Comment",
    "Declaration",
    "Exit",
    "Facts",
    "File",
    "Function",
    "Initialisation",
    "LazyFill",
    "Lock",
    "ModuleInit",
    "Record",
    "Span",
    "Value",
    "Variable",
]


class Initialisation(StrEnum):
    """How a module is initialised (PEP 489)."""

    SINGLE_PHASE = "single-phase"
    MULTI_PHASE = "multi-phase"


class Declaration(StrEnum):
    """What a module says about the GIL."""

    NOT_USED = "Py_MOD_GIL_NOT_USED"
    USED = "Py_MOD_GIL_USED"
    UNCLEAR = "a value that only the build knows"
    MISSING = "nothing"


@dataclass(frozen=True, slots=True)
class ModuleInit:
    """One extension module: how its initialisation function makes it, and what it declares.

    Attributes:
        function: ``PyInit_name`` or ``PyModExport_name``.
        name: of the module.
        initialisation: single-phase or multi-phase.
        declaration: what it says about the GIL.
        file, span: where the declaration is or would have to be: the slot array, or the call that creates the module.
    """

    function: Function
    name: str
    initialisation: Initialisation
    declaration: Declaration
    file: File
    span: Span


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known of one project, joined over its files."""

    files: tuple[File, ...]
    modules: tuple[ModuleInit, ...] = field(default=())

    def functions(self) -> Iterator[Function]:
        """Every function that has a body, file by file in source order."""
        for file in self.files:
            yield from file.functions

    def calls_to(self, names: Set[str]) -> Iterator[Call]:
        """Every call to one of ``names``, file by file in source order."""
        for file in self.files:
            yield from file.calls_to(set(names))

    def comments_with(self, words: Set[str]) -> Iterator[tuple[File, Comment]]:
        """Every comment in which one of ``words`` stands, in whatever case, file by file in source order."""
        for file in self.files:
            for comment in file.comments_with(set(words)):
                yield file, comment
