"""What one place in a Cython function does: it touches some state, fills it, frees it, or calls."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Access", "CythonCall", "Effect", "Fill", "Freed", "Holds", "Place"]


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A stretch of source, like ``Span``: lines and columns from 1, a column is a byte, the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


class Holds(StrEnum):
    """What a variable or an attribute holds: what another thread finds if it looks in between."""

    OBJECT = "a Python object"
    POINTER = "a C pointer"
    STRUCT = "a C struct"
    MEMORYVIEW = "a typed memoryview"
    NUMBER = "a C number"
    LOCK = "a lock"
    ATOMIC = "an atomic"


class Effect(StrEnum):
    """What is done to a variable or an attribute."""

    READ = "read"
    WRITE = "write"
    UPDATE = "update"  # x += 1
    ITEM = "item"  # x[k], k in x, x.get(k)
    ITERATE = "iterate"  # for ... in x
    EDIT = "edit"  # x[k] = v, del x[k], x.append(v)


@dataclass(frozen=True, slots=True)
class Access:
    """One look at, or change of, an attribute of ``self`` or a variable of the module.

    Attributes:
        name: of the attribute or the variable.
        of_self: it is an attribute of the method's first parameter.
        field: what is reached through it: ``gauss`` in ``self.state.gauss``; "" for itself.
        effect: what is done.
        how: the method that edits (``append``), or ``[]`` and the key.
        place: where.
        guards: what is held there.
        regions: the blocks around it: ``nogil``, ``gil``, ``prange``.
        order: counts the function's accesses and calls.
        constant: a write of ``None``, ``NULL`` or a literal.
    """

    name: str
    of_self: bool
    field: str
    effect: Effect
    how: str
    place: Place
    guards: tuple[str, ...]
    regions: tuple[str, ...]
    order: int
    constant: bool = False

    @property
    def path(self) -> str:
        """As it is written: ``self.state.gauss``, ``CACHE``."""
        parts = ("self", self.name, self.field) if self.of_self else (self.name, self.field)
        return ".".join(part for part in parts if part)

    @property
    def changes(self) -> bool:
        """Another thread sees a difference."""
        return self.effect in {Effect.WRITE, Effect.UPDATE, Effect.EDIT}


@dataclass(frozen=True, slots=True)
class Fill:
    """A test that finds something empty, and what is then put there.

    Attributes:
        test: where it is looked at.
        access: the write that fills it.
        test_guards: what is held at the test.
    """

    test: Place
    access: Access
    test_guards: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Freed:
    """Memory that is freed first and whose pointer is replaced afterwards."""

    path: str
    place: Place
    replaced: Place
    guards: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CythonCall:
    """A call, with the name as it is written (``self.reset``, ``PyDict_GetItem``) and the text of its arguments."""

    name: str
    arguments: tuple[str, ...]
    place: Place
    guards: tuple[str, ...]
    regions: tuple[str, ...]
    order: int
    target: str = ""  # the variable that takes the result
    compared: str = ""  # what the result is compared with on the spot: "== 1"

    @property
    def last(self) -> str:
        """The name without what it is called on."""
        return self.name.rpartition(".")[2]
