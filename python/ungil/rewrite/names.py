"""Locals that repairs add."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain, count

from ungil.fixer import Undecided
from ungil.rewrite.pen import Pen
from ungil.syntax.functions import WrittenFunction
from ungil.syntax.statements import Statement

__all__ = ["can_declare_before", "declared", "name_in_block", "unused_name"]


def unused_name(function: WrittenFunction, wanted: str, taken: Iterable[str] = ()) -> str:
    """A name that the function does not use: the wanted one, or that with a number."""
    used = {*taken} | function.names
    return next(name for name in chain([wanted], (f"{wanted}{n}" for n in count(2))) if name not in used)


def name_in_block(pen: Pen, function: WrittenFunction, wanted: str, before: Statement) -> str:
    """A name for a variable that is declared before a statement, where this repair may declare others so already."""
    taken = pen.names_in(before.parent) if before.parent is not None and before.is_in_block else set[str]()
    name = unused_name(function, wanted, taken)
    taken.add(name)
    return name


def declared(pen: Pen, function: WrittenFunction, kind: str, name: str, value: str) -> list[str]:
    """A declaration with a value; in two steps in C++ where a jump could pass it, which it forbids."""
    plain = pen.declaration(kind, name)
    jumps = any(one.kind in {"goto", "switch"} for one in function.body.within())
    if jumps and not pen.path.endswith((".c", ".h")):
        return [f"{plain};", f"{name} = {value};"]
    return [f"{plain} = {value};"]


def can_declare_before(statement: Statement) -> None:
    """A declaration may stand before the statement.

    Raises:
        Undecided: a label stands there, which only a statement may follow.
    """
    siblings = statement.siblings
    at = siblings.index(statement)
    if at and siblings[at - 1].kind == "label":
        raise Undecided("a label stands before the statement, and a variable cannot be declared between the two")
