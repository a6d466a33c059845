"""The ways out of a function that its text shows, and those that it hides."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ungil.fixer import Undecided
from ungil.syntax.flow import returns_by_macro
from ungil.syntax.functions import WrittenFunction
from ungil.syntax.statements import Statement

__all__ = ["error_exit", "has_no_hidden_exits"]

_FAILS = re.compile(r"return\s*\(?\s*(?:NULL|nullptr|-1)\s*\)?\s*;")
_FAILED = re.compile(r"(?:==\s*(?:NULL|nullptr|-1)|<\s*0|^!|[(&|]\s*!|PyErr_Occurred|!=\s*0)")


def error_exit(function: WrittenFunction, before: Statement) -> list[str]:
    """The statements by which the function leaves when it fails at a place, with an exception set.

    That is how it leaves at the nearest error behind the place, if nothing is cleaned up there; or a ``goto`` to where
    it cleans up, if all that is cleaned up there is there already; or the nearest way out before the place, which may
    release less than it should. A function without a result lets the exception go, and the loop that it is in.

    Raises:
        Undecided: nothing shows how it tells its caller.
    """
    words = function.words
    if function.returns == "void":
        around = next((one for one in before.around() if one.kind in {"loop", "switch"}), None)
        return ["PyErr_Clear();", "break;" if around is not None and around.kind == "loop" else "return;"]
    leaving = _nearest(function, before)
    text = words.source(leaving.words) if leaving is not None else ""
    if not text and function.returns.endswith("*"):
        return ["return NULL;"]
    if text.startswith("goto") or _FAILS.fullmatch(text):
        return [text]
    raise Undecided("nothing shows how the function tells that it failed: decide what it does when the item is gone")


def _nearest(function: WrittenFunction, before: Statement) -> Statement | None:
    words, place = function.words, before.words.first
    exits = [one for one in function.body.within() if one.kind in {"return", "goto"} and _is_failure(function, one)]
    end = before.parent.words.last if before.parent is not None else before.words.last
    for leaving in exits:
        if place <= leaving.words.first < end and _cleans_nothing_up(function, leaving):
            return leaving
    for jump in exits:
        if jump.kind == "goto" and _cleans_up_what_is_there(function, words[jump.words.first + 1].text, place):
            return jump
    earlier = [one for one in exits if one.words.last <= place]
    return earlier[-1] if earlier else None


def _cleans_nothing_up(function: WrittenFunction, leaving: Statement) -> bool:
    """Beside it in its branch, an exception is set and nothing else is done."""
    others = [one for one in leaving.siblings if one is not leaving]
    return all(one.kind == "plain" and function.words[one.words.first].text.startswith("PyErr_") for one in others)


def _is_failure(function: WrittenFunction, leaving: Statement) -> bool:
    branch = next((one for one in leaving.around() if one.kind == "if"), None)
    return branch is not None and _FAILED.search(function.words.source(branch.head)) is not None


def _cleans_up_what_is_there(function: WrittenFunction, label: str, place: int) -> bool:
    """Behind the label, every local was declared before the place: with a value, or given one."""
    words = function.words
    at = next((s for s in function.body.within() if s.kind == "label" and words[s.words.first].text == label), None)
    if at is None or at.words.first < place:
        return False
    rest = at.siblings[at.siblings.index(at) :]
    for word in range(rest[0].words.last, rest[-1].words.last):
        local = function.local(words[word].text) if words[word].kind == "name" else None
        if local is None or local.word >= rest[0].words.first:
            continue
        given = [use for use in words.uses(function.body.words, words[word].text) if words[use + 1].text == "="]
        if local.word > place or not any(use < place for use in given):
            return False
    return True


def has_no_hidden_exits(function: WrittenFunction, statements: Sequence[Statement]) -> None:
    """No macro of the file returns or jumps in these statements: it could not be seen where it goes.

    Raises:
        Undecided: one may.
    """
    for top in statements:
        for statement in top.within():
            name = function.words[statement.words.first].text
            hidden = set(function.facts.file.macro(name) or ()) & {"return", "goto", "break", "continue"}
            if statement.kind == "plain" and hidden and not returns_by_macro(statement, function.words):
                raise Undecided(f"the macro '{name}' may leave the function: write out what it does")
