"""Where control leaves a stretch of statements, and which statements control never passes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ungil.syntax.statements import Statement
from ungil.syntax.words import Range, Words

__all__ = ["always_leaves", "exits", "labels", "returns_by_macro", "span"]


def span(statements: Sequence[Statement]) -> Range:
    """All words of consecutive statements."""
    return Range(statements[0].words.first, statements[-1].words.last)


def returns_by_macro(statement: Statement, words: Words) -> bool:
    """A macro of the C API that returns: ``Py_RETURN_NONE``, ``Py_RETURN_RICHCOMPARE(a, b, op)``."""
    return statement.kind == "plain" and words[statement.words.first].text.startswith("Py_RETURN_")


def exits(statements: Sequence[Statement], words: Words) -> Iterator[Statement]:
    """The statements in a stretch by which control goes elsewhere than to its end: ``return``, ``goto``, ``break``."""
    inside = span(statements)
    here = labels(statements, words)
    for top in statements:
        for statement in top.within():
            if statement.kind in {"return", "throw"} or returns_by_macro(statement, words):
                yield statement
            elif statement.kind == "goto":
                if words[statement.words.first + 1].text not in here:
                    yield statement
            elif statement.kind in {"break", "continue"}:
                target = _target(statement)
                if target is None or not inside.first <= target.words.first < inside.last:
                    yield statement


def labels(statements: Sequence[Statement], words: Words) -> set[str]:
    """The labels in a stretch that ``goto`` can name."""
    every = (statement for top in statements for statement in top.within() if statement.kind == "label")
    return {words[one.words.first].text for one in every} - {"case", "default"}


def _target(jump: Statement) -> Statement | None:
    """The loop or switch that a ``break`` or ``continue`` is about."""
    kinds = {"loop", "switch"} if jump.kind == "break" else {"loop"}
    return next((one for one in jump.around() if one.kind in kinds), None)


def always_leaves(statement: Statement, words: Words) -> bool:
    """Control never reaches what stands behind it, as far as its last statement tells."""
    if statement.kind in {"return", "goto", "break", "continue", "throw"} or returns_by_macro(statement, words):
        return True
    if statement.kind == "block":
        return bool(statement.parts) and always_leaves(statement.parts[-1], words)
    if statement.kind == "if":
        return len(statement.parts) == 2 and all(always_leaves(part, words) for part in statement.parts)  # noqa: PLR2004
    return False
