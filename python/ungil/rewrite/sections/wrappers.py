"""A function that holds a lock while it calls another, which does what the first did."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ungil.fixer import Undecided
from ungil.rewrite.pen import Pen
from ungil.syntax.functions import WrittenFunction
from ungil.syntax.words import Range

__all__ = ["call_under_lock"]

_SUFFIX = "_lock_held"
_UNUSED = re.compile(r"\bPy_UNUSED\(\s*(\w+)\s*\)")


def call_under_lock(pen: Pen, function: WrittenFunction, locked: Sequence[str]) -> None:
    """Renames a function to ``name_lock_held``, and puts behind it one of its old name that calls it in a section.

    Args:
        pen: writes.
        function: static, or it becomes so.
        locked: one or two of its parameters.

    Raises:
        Undecided: its head is not plain, or more objects would have to be locked.
    """
    words, head = function.words, function.head
    if len(locked) > 2 or not function.returns or not words.is_whole(head):  # noqa: PLR2004 - sections hold two
        raise Undecided(f"{function.name}() cannot be called under a lock as it stands: hold the section by hand")
    if words[function.name_word - 1].text == "::":
        raise Undecided(f"{function.name}() is declared in a class: declare there what holds the section, too")
    operands = [_operand(function, name) for name in locked]
    inner = f"{function.name}{_SUFFIX}"
    given = _arguments(function)
    end = words[function.body.words.last - 1].end
    if not {"static", "extern"} & {words[at].text for at in range(head.first, function.name_word)}:
        pen.insert(words.start(head), "static ")
    pen.insert(words[function.name_word].end, _SUFFIX)
    for start in _aligned(function):
        pen.insert(start, " " * len(_SUFFIX))
    lines = ["", "", *_head(function), *_body(pen, function, inner, given, operands)]
    pen.insert(end, "\n".join(lines))


def _operand(function: WrittenFunction, name: str) -> str:
    """What is locked for a parameter: itself or, where it may be NULL, the first one in its place.

    A setter gets NULL for what is deleted, ``tp_descr_get`` for what a type is asked. A section on one object twice is
    one on that object.
    """
    parameters = function.parameters
    first = parameters[0].name
    compares = len(parameters) == 3 and parameters[2].type == "int"  # noqa: PLR2004 - tp_richcompare
    optional = name != first and len(parameters) > 2 and not compares  # noqa: PLR2004
    if not (optional or _is_tested(function, name)):
        return name
    if name == first or not first or "*" not in parameters[0].type:
        raise Undecided(f"'{name}' of {function.name}() may be NULL: hold the section by hand where it is not")
    return f"{name} != NULL ? (PyObject *){name} : (PyObject *){first}"


def _is_tested(function: WrittenFunction, name: str) -> bool:
    words = function.words
    return any(
        (words[use - 1].text == "!" and words[use + 1].text not in {"->", ".", "[", "("})
        or (words[use + 1].text in {"==", "!="} and words[use + 2].text in {"NULL", "nullptr"})
        for use in words.uses(function.body.words, name)
    )


def _aligned(function: WrittenFunction) -> Iterator[int]:
    """The places in the head where a line begins that is aligned with the first parameter."""
    words, text = function.words, function.words.text
    first = words[function.name_word + 2].start
    column = first - text.line_start(first)
    for at in range(function.name_word + 3, function.head.last):
        start = words[at].start
        if text.begins_line(start) and start - text.line_start(start) == column:
            yield start


def _head(function: WrittenFunction) -> list[str]:
    """As it stands, with a name for every parameter."""
    words = function.words
    source = words.source(Range(function.head.first, function.head.last))
    brace = words[function.body.words.first]
    between = function.words.text.all[words[function.head.last - 1].end : brace.start]
    opening = f"{source}{between}{{"
    return [_UNUSED.sub(r"\1", opening)]


def _arguments(function: WrittenFunction) -> list[str]:
    words = function.words
    opening = function.name_word + 1
    names = []
    for part in words.split(words.inside(opening)):
        source = words.source(part)
        unused = _UNUSED.search(source)
        if source == "void":
            continue
        if unused is None and (words[part.last - 1].kind != "name" or part.last - part.first < 2):  # noqa: PLR2004
            raise Undecided(f"a parameter of {function.name}() has no name: give it one, or hold the section by hand")
        names.append(unused[1] if unused is not None else words[part.last - 1].text)
    return names


def _body(pen: Pen, function: WrittenFunction, inner: str, given: Sequence[str], locked: Sequence[str]) -> list[str]:
    step = pen.text.unit
    two = "2" if len(locked) == 2 else ""  # noqa: PLR2004
    call = f"{inner}({', '.join(given)});"
    void = function.returns == "void"
    result = next(name for name in ("result", "outcome", "returned") if name not in given)
    lines = [] if void else [f"{pen.declaration(function.returns, result)};"]
    lines += [
        f"Py_BEGIN_CRITICAL_SECTION{two}({', '.join(locked)});",
        call if void else f"{result} = {call}",
        f"Py_END_CRITICAL_SECTION{two}();",
    ]
    lines += [] if void else [f"return {result};"]
    return [*(step + line for line in lines), "}"]
