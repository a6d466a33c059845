"""The ways out of a function that its text shows, and those that it hides."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ungil.fixer import Undecided
from ungil.syntax.functions import WrittenFunction
from ungil.syntax.statements import Statement

__all__ = ["error_exit", "has_no_hidden_exits"]

_FAILS = re.compile(r"return\s*\(?\s*(?:NULL|nullptr|-1)\s*\)?\s*;")
_LEAVES = {"return", "goto", "break", "continue", "longjmp", "siglongjmp"}
_UNKNOWN = re.compile(r"(?!NPY_)[A-Z][A-Z0-9]*_?[A-Z0-9_]+")  # a macro by its name, and none of the C API
_RELEASES = re.compile(r"(?:Py_X?DECREF|Py_CLEAR|free|PyMem_(?:Raw)?Free|PyObject_Free)\s*\(\s*(\w+)\s*\)\s*;")
_NO_MEMORY = re.compile(r"(?i)\bgoto\s+\w*mem")  # it would replace the exception
_BEGINS = re.compile(r"\w*(?:Enter|_BEGIN_|Begin|Acquire|acquire|Lock|_lock|Ensure|SaveThread|GetBuffer|[Oo]pen)\w*")
_FAILED = re.compile(r"(?:==\s*(?:NULL|nullptr|-1)|<\s*0|^!|[(&|]\s*!|PyErr_Occurred|!=\s*0|\b0\s*!=)")


def error_exit(function: WrittenFunction, before: Statement) -> list[str]:
    """The statements by which the function leaves when it fails at a place, with an exception set.

    That is how it leaves at the nearest error behind the place, with what is released there; where there is none, a
    ``goto`` to where it cleans up, if all that is cleaned up there is there already; or the nearest way out before the
    place, which may release less than it should, if nothing was begun by then that has an end. A function without a
    result lets the exception go, and the loop that it is in.

    Raises:
        Undecided: nothing shows how it tells its caller.
    """
    words = function.words
    if function.returns == "void":
        around = next((one for one in before.around() if one.kind in {"loop", "switch"}), None)
        return ["PyErr_Clear();", "break;" if around is not None and around.kind == "loop" else "return;"]
    leaving, cleaning = _nearest(function, before)
    text = words.source(leaving.words) if leaving is not None else ""
    if not text and function.returns.endswith("*"):
        return ["return NULL;"]
    if text.startswith("goto") or _FAILS.fullmatch(text):
        return [*cleaning, text]
    raise Undecided("nothing shows how the function tells that it failed: decide what it does when the item is gone")


def _nearest(function: WrittenFunction, before: Statement) -> tuple[Statement | None, list[str]]:
    """A way out, and what it releases first."""
    words, place = function.words, before.words.first
    exits = [one for one in function.body.within() if one.kind in {"return", "goto"} and _is_failure(function, one)]
    exits = [one for one in exits if _NO_MEMORY.search(words.source(one.words)) is None]
    end = before.parent.words.last if before.parent is not None else before.words.last
    behind = [one for one in exits if place <= one.words.first < end]
    if behind:
        cleaning = _cleaning(function, behind[0])
        if all(_releases_what_is_there(function, one, place, behind[0]) for one in cleaning):
            return behind[0], [words.source(one.words) for one in cleaning]
        raise Undecided(
            "the nearest error cleans up what may not be there yet: decide what to release without the item"
        )
    for jump in exits:
        if jump.kind == "goto" and _cleans_up_what_is_there(function, words[jump.words.first + 1].text, place):
            return jump, []
    if any(
        _BEGINS.fullmatch(words[at].text) and words[at + 1].text == "(" for at in range(function.inside.first, place)
    ):
        raise Undecided("what was begun before the item is taken has an end: decide how to leave without the item")
    earlier = [one for one in exits if one.words.last <= place]
    return (earlier[-1] if earlier else None), []


def _cleaning(function: WrittenFunction, leaving: Statement) -> list[Statement]:
    """What is done beside it in its branch, other than to set an exception."""
    words = function.words
    others = [one for one in leaving.siblings if one is not leaving]
    return [one for one in others if one.kind != "plain" or not words[one.words.first].text.startswith("PyErr_")]


def _releases_what_is_there(function: WrittenFunction, one: Statement, place: int, leaving: Statement) -> bool:
    """``Py_DECREF(x);`` of a local that is set before the place, and not after it."""
    words = function.words
    found = _RELEASES.fullmatch(words.source(one.words)) if one.kind == "plain" else None
    if found is None or function.local(found[1]) is None:
        return False
    sets = [use for use in words.uses(function.body.words, found[1]) if words[use + 1].text == "="]
    return any(use < place for use in sets) and not any(place <= use < leaving.words.first for use in sets)


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
    """Nothing in these statements leaves the function unseen: no macro, statement in an expression or exception.

    What a macro does that the project does not define cannot be seen.

    Raises:
        Undecided: something may.
    """
    words = function.words
    inner = (one for top in statements for one in top.within())
    if any(one.kind == "try" for one in (*statements[0].around(), *inner)):
        raise Undecided("an exception may leave the statements for a 'catch': change them by hand")
    for one in (one for top in statements for one in top.within() if one.kind == "plain"):
        name = words[one.words.first].text
        called = words[one.words.first + 1].text == "(" and _UNKNOWN.fullmatch(name) is not None
        if called and function.macro(name) is None and not function.facts.resolve(name):
            raise Undecided(f"'{name}' is defined elsewhere, and may leave the function: see what it does")
    for top in statements:
        for at in range(top.words.first, top.words.last):
            word = words[at]
            if word.text == "(" and words[at + 1].text == "{" and ";" in words.source(words.inside(at + 1)):
                raise Undecided("statements stand inside an expression: write them out first")
            if word.kind == "name" and not word.text.startswith("Py_"):
                hidden = set(function.macro(word.text) or ()) & _LEAVES
                if hidden:
                    raise Undecided(f"the macro '{word.text}' may leave the function: write out what it does")
