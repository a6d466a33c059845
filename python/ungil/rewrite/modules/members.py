"""``Py_INCREF(x); PyModule_AddObject(m, "x", x)`` becomes one call that takes a reference of its own."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from ungil.rewrite.modules.exec_function import ExecFunction
from ungil.rewrite.trim import lines_of
from ungil.syntax.statements import Statement
from ungil.syntax.words import Range

__all__ = ["add_references"]

_STEALS = "PyModule_AddObject"


def add_references(function: ExecFunction) -> None:
    """Does so wherever the two stand together in a function."""
    for block in function.body.within():
        for count, added in pairwise(block.parts if block.kind == "block" else ()):
            call = _adds(function, count, added)
            if call is not None:
                function.pen.replace_word(call, f"{_STEALS}Ref")
                for statement in _superfluous(function, count, added):
                    function.delete(statement.words)


def _adds(function: ExecFunction, count: Statement, added: Statement) -> int | None:
    """The word of the call, if the statement before it counts what it gives away."""
    words = function.words
    call = added.head.first
    if words[call].text != _STEALS or added.kind not in {"plain", "if"} or function.is_gone(count.words.first):
        return None
    counted, given = _value(function, count, 0), _value(function, added, 2)
    between = Range(count.words.first, words[call + 1].partner)
    is_same = counted != "" and counted == given and words.is_whole(between)
    alone = all(_has_lines(function, one) for one in _superfluous(function, count, added)) if is_same else False
    return call if alone else None


def _value(function: ExecFunction, statement: Statement, index: int) -> str:
    """An argument of the call with which a statement begins, without casts; empty where there is none."""
    is_count = function.words[statement.head.first].text == "Py_INCREF" and statement.kind == "plain"
    if index == 0 and not is_count:
        return ""
    call = function.site.call_at(statement.head.first)
    return call.arguments[index].text if call is not None and len(call.arguments) > index else ""


def _superfluous(function: ExecFunction, count: Statement, added: Statement) -> Iterator[Statement]:
    """What counts, and what takes it back where the call fails."""
    yield count
    branch = added.parts[0] if added.parts else None
    for one in branch.parts if branch is not None and branch.kind == "block" else ():
        call = function.site.call_at(one.head.first)
        drops = call is not None and call.name in {"Py_DECREF", "Py_XDECREF"} and one.kind == "plain"
        if drops and call is not None and call.arguments[0].text == _value(function, count, 0):
            yield one
            return


def _has_lines(function: ExecFunction, statement: Statement) -> bool:
    words = function.words
    return lines_of(function.text, words.start(statement.words), words.end(statement.words)) is not None
