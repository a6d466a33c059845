"""Loops over what a container lends, and how far what was lent is used."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ungil import capi
from ungil.fixer import Site, Undecided
from ungil.rewrite.lending import Lent
from ungil.rewrite.lifetime import is_not_entered, up_to_last
from ungil.syntax.flow import span
from ungil.syntax.functions import WrittenFunction
from ungil.syntax.statements import Statement

__all__ = ["loop_around", "may_run_python", "plain_operand", "up_to_last_use"]

# They run no Python code, or leave the function.
_QUIET = {
    *("Py_INCREF", "Py_XINCREF", "Py_NewRef", "Py_XNewRef", "Py_IS_TYPE", "Py_TYPE", "Py_Is", "Py_IsNone", "assert"),
    *("memcpy", "memset", "memcmp", "strlen", "strcmp", "malloc", "free", "calloc", "realloc", "PyErr_SetString"),
    *("PyDict_Next", "PySequence_Fast_GET_SIZE", "PySequence_Fast_ITEMS", "PySequence_Fast_GET_ITEM"),
}
_OPERAND = re.compile(r"(?:\(\s*\w+\s*\*\s*\)\s*)?(?:\w+(?:\s*(?:->|\.)\s*\w+)*)")


def loop_around(site: Site) -> Statement:
    """The innermost loop around a finding.

    Raises:
        Undecided: there is none.
    """
    statement = site.statement
    if statement.kind == "loop":
        return statement
    found = next((one for one in statement.around() if one.kind == "loop"), None)
    if found is None:
        raise Undecided("no loop was found around it: put a critical section around all that uses what is borrowed")
    return found


def may_run_python(function: WrittenFunction, statements: Sequence[Statement]) -> bool:
    """One of the calls in these statements is not known to keep Python code, and with it other threads, out."""
    words, text = function.words, function.words.text
    whole = span(statements)
    first, last = words.start(whole), words.end(whole)
    for call in function.facts.calls:
        if first <= text.offset(call.span.line, call.span.column) < last and call.name not in _QUIET:
            known = capi.lookup(call.name)
            if not capi.is_api(call.name) or known.runs_python or known.drops is not None or known.detaches:
                return True
    return False


def plain_operand(site: Site, operand: str, inside: Statement) -> str:
    """An operand for a section: a variable or a field, which the statement does not replace.

    Raises:
        Undecided: it is something else.
    """
    if not _OPERAND.fullmatch(operand):
        raise Undecided(f"'{operand}' is worked out anew each time: keep it in a variable, and lock that")
    words = site.unit.words
    name = re.split(r"->|\.", operand)[-1].strip().rpartition(")")[2].strip()
    for at in range(inside.words.first, inside.words.last):
        if words[at].text == name and words[at + 1].text == "=":
            raise Undecided(f"'{operand}' is replaced while it is walked: decide which object is locked")
    return operand


def up_to_last_use(
    function: WrittenFunction, loop: Statement, borrowed: Sequence[str]
) -> tuple[list[Statement], tuple[Lent, ...]]:
    """The loop, and the statements behind it up to the last that needs what was borrowed; and what that is.

    Raises:
        Undecided: what was borrowed is used further on, or a jump leads into their midst.
    """
    siblings = loop.siblings
    rest = siblings[siblings.index(loop) :]
    held, lent = up_to_last(function, rest, list(borrowed))
    is_not_entered(function, held)
    return held, (*(Lent(name, surely=True) for name in borrowed), *lent)
