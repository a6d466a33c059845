"""Loops over what a container lends, and how far what was lent is used."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ungil.facts.model import Call
from ungil.fixer import Site, Undecided
from ungil.rewrite.references.lending import Lent
from ungil.rewrite.references.lifetime import is_not_entered, up_to_last
from ungil.syntax.flow import span
from ungil.syntax.functions import WrittenFunction
from ungil.syntax.statements import Statement
from ungil.syntax.words import Range

__all__ = ["loop_around", "may_run_python", "plain_operand", "up_to_last_use"]

# They run no Python code, or leave the function.
_QUIET = {
    *(
        "assert",
        "memcpy",
        "memset",
        "memcmp",
        "memmove",
        "strlen",
        "strcmp",
        "strncmp",
        "strcpy",
        "strncpy",
        "snprintf",
    ),
    *("malloc", "free", "calloc", "realloc", "isnan", "isinf", "fabs", "floor", "ceil", "sqrt", "sizeof"),
}
# So are these functions of the C API. What takes a number or a text from an object asks the object's class.
_QUIET_API = re.compile(
    r"""
    Py_(?:X?INCREF|X?NewRef|IS_TYPE|TYPE|SIZE|REFCNT|Is\w*|MIN|MAX|ABS|UNREACHABLE|UNUSED|RETURN_\w+)
    |_?Py\w+_(?:Check|CheckExact|GET_\w+|AS_\w+|SET_ITEM|SET_SIZE|Size|New|IsSubtype|HasFeature|TypeCheck)
    |Py(?:Long|Float|Bool)_From(?!Unicode|String)\w+ |PyUnicode_From(?:String|StringAndSize|Ordinal|KindAndData)
    |PyBytes_(?:From(?:String|StringAndSize)|AsString|AsStringAndSize)
    |PyUnicode_(?:AsUTF8|AsUTF8AndSize|GetLength|READ\w*|WRITE|KIND|DATA|\dBYTE_DATA|Compare\w*|EqualTo\w*|IS_\w+)
    |PyList_(?:Append|GetItem|GetItemRef|AsTuple) |PyTuple_(?:GetItem|SetItem|Pack) |PyDict_(?:Next|Copy)
    |PySequence_Fast_(?:GET_SIZE|ITEMS|GET_ITEM) |Py(?:Mem|Object)_(?:Raw)?(?:Malloc|Calloc|Realloc|Free)
    |Py(?:Mem)_(?:NEW|RESIZE|New|Resize|Del) |PyObject_CheckBuffer |PyCapsule_(?:GetPointer|IsValid)
    |PyErr_(?:SetString|SetNone|NoMemory|Occurred|BadArgument|BadInternalCall|SetFromErrno\w*|Format)
    |Py(?:Type|Module)_Get(?:Module)?State
    """,
    re.VERBOSE,
)
_MEASURES = {"PyMapping_Size", "PyObject_Size", "PySequence_Size"}
_CONVERTS = re.compile(r"Py(Long|Float)_As\w+")  # a method is called unless the object is a number already
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
    source = words.source(whole)
    calls = [one for one in function.facts.calls if first <= text.offset(one.span.line, one.span.column) < last]
    return not all(_is_quiet(call, words.source(_arguments(function, call)), source) for call in calls)


def _arguments(function: WrittenFunction, call: Call) -> Range:
    words = function.words
    name = words.at(words.text.offset(call.span.line, call.span.column))
    return words.inside(name + 1) if words[name + 1].text == "(" else Range(name, name)


def _is_quiet(call: Call, given: str, among: str) -> bool:
    converts = _CONVERTS.fullmatch(call.name)
    if converts is not None:
        return re.search(rf"\bPy{converts[1]}_Check(?:Exact)?\s*\(\s*{re.escape(given)}\s*\)", among) is not None
    if call.name == "PyErr_Format":
        return re.search(r"%[-\w.]*[RSA]", given) is None
    known = _QUIET_API.fullmatch(call.name) is not None and call.name not in _MEASURES
    return call.name in _QUIET or known


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
