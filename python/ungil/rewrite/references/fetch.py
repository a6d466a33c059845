"""How a call that borrows stands in its statement, and the same statement with a strong reference."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ungil.fixer import Undecided
from ungil.rewrite.names import can_declare_before, declared
from ungil.rewrite.pen import Pen
from ungil.rewrite.references.strong import Strong
from ungil.syntax.functions import WrittenFunction
from ungil.syntax.statements import Statement
from ungil.syntax.words import Range

__all__ = ["Fetch", "find", "put"]

_NEW_REFERENCES = {"Py_NewRef", "Py_XNewRef"}
_SEPARATE = {"&&", "||", "?", ","}


@dataclass(frozen=True, slots=True)
class Fetch:
    """A borrowed reference on its way into a variable.

    Attributes:
        function: where it is.
        strong: what stands for the call.
        call: the call, from its name to its closing parenthesis.
        statement: where it stands.
        form: ``declared`` with the variable; ``assigned`` by a statement of its own, or ``tested`` in a condition that
            begins with the assignment; ``nested`` in an expression; ``counted`` at once by ``Py_NewRef()``.
        variable: its name; a new one for what is nested.
    """

    function: WrittenFunction
    strong: Strong
    call: Range
    statement: Statement
    form: str
    variable: str

    @property
    def arguments(self) -> list[str]:
        """Of the call, as they stand."""
        words = self.function.words
        return [words.source(part) for part in words.split(words.inside(self.call.first + 1))]


def find(function: WrittenFunction, name: int, strong: Strong) -> Fetch:
    """The call whose name is the word at ``name``.

    Raises:
        Undecided: it stands where no statement can be put before it.
    """
    words = function.words
    statement = function.statement_at(name)
    if statement is None or words[name + 1].text != "(":
        raise Undecided("the call could not be read: take a strong reference by hand")
    call = Range(name, words[name + 1].partner + 1)
    if not words.is_whole(statement.words if statement.kind in {"plain", "return"} else statement.head):
        raise Undecided("preprocessor directives divide the statement: take a strong reference by hand")
    outer = _without_casts(function, call)
    if words[outer.first - 1].text == "(" and words[outer.first - 2].text in _NEW_REFERENCES and not strong.by_address:
        whole = Range(outer.first - 2, outer.last + 1)
        return Fetch(function, strong, whole, statement, "counted", "")
    form, variable = _place(function, statement, outer)
    return Fetch(function, strong, call, statement, form, variable)


def _without_casts(function: WrittenFunction, call: Range) -> Range:
    """The call with the casts before it, and with parentheses around both."""
    words = function.words
    first, last = call
    while True:
        if words[first - 1].text == ")" and _is_cast(function, Range(words[first - 1].partner, first)):
            first = words[first - 1].partner
        elif words[first - 1].text == "(" and words[first - 1].partner == last and words[first - 2].kind != "name":
            first, last = first - 1, last + 1
        else:
            return Range(first, last)


def _is_cast(function: WrittenFunction, some: Range) -> bool:
    inside = [function.words[at].text for at in range(some.first + 1, some.last - 1)]
    return inside[-1:] == ["*"] and function.words[some.first - 1].kind != "name"


def _place(function: WrittenFunction, statement: Statement, outer: Range) -> tuple[str, str]:
    words = function.words
    at = outer.first
    assigned = words[at - 1].text == "=" and words[at - 2].kind == "name" and words[at - 3].text not in {".", "->"}
    name = words[at - 2].text if assigned else ""
    if assigned and statement.kind == "plain" and outer.last == statement.head.last:
        if at - 2 == statement.words.first:
            return "assigned", name
        local = function.local(name)
        if local is not None and local.statement is statement:
            return "declared", name
        if local is None and words[at - 3].text == "*" and at - 3 > statement.words.first:
            raise Undecided(f"'{name}' is declared more than once in the function: give each a name of its own")
    if assigned and statement.kind == "if" and words[at - 3].text == "(" and _comes_first(function, statement, at - 3):
        return "tested", name
    if statement.kind == "if" and statement.is_bare and words[statement.words.first - 1].text == "else":
        raise Undecided("the call stands in the condition of an 'else if': take a strong reference before the first")
    if statement.kind in {"plain", "return", "if"} and _comes_first(function, statement, outer.first):
        return "nested", ""
    raise Undecided("the call stands in the middle of an expression: take a strong reference in a statement before it")


def _comes_first(function: WrittenFunction, statement: Statement, place: int) -> bool:
    """What stands there is worked out whatever the rest of the statement says."""
    words = function.words
    first = statement.head.first
    return not any(words[at].text in _SEPARATE - {","} for at in range(first, place))


def put(pen: Pen, fetch: Fetch, more: list[str]) -> None:
    """Writes the statement with a strong reference, and ``more`` behind it."""
    words, strong = fetch.function.words, fetch.strong
    lines = _laid_out(pen, [*strong.lines(fetch.arguments, fetch.variable), *more])
    if fetch.form == "nested":
        can_declare_before(fetch.statement)
        if strong.by_address:
            begin = [f"{pen.declaration('PyObject *', fetch.variable)};", *lines]
        else:
            value = lines[0].removeprefix(f"{fetch.variable} = ").removesuffix(";")
            begin = [*declared(pen, fetch.function, "PyObject *", fetch.variable, value), *lines[1:]]
        pen.before(fetch.statement, *begin)
        pen.replace(fetch.call, fetch.variable)
    elif not strong.by_address:
        pen.replace_word(fetch.call.first, strong.name)
        if more:
            pen.after(fetch.statement, *_laid_out(pen, more))
    elif fetch.form == "declared":
        local = fetch.function.local(fetch.variable)
        if local is None or not local.is_alone:
            raise Undecided("several variables are declared at once: take a strong reference by hand")
        source = words.source(Range(fetch.statement.words.first, local.word + 1))
        pen.instead(fetch.statement, f"{source};", *lines)
    elif fetch.form == "assigned":
        pen.instead(fetch.statement, *lines)
    else:
        pen.before(fetch.statement, *lines)
        pen.replace(_assignment(fetch), fetch.variable)


def _assignment(fetch: Fetch) -> Range:
    """``(x = call)``, with its parentheses where they are not those of the ``if``."""
    words, whole = fetch.function.words, _without_casts(fetch.function, fetch.call)
    first = whole.first - 2
    enclosed = words[first - 1].partner == whole.last and words[first - 2].text != "if"
    return Range(first - enclosed, whole.last + enclosed)


def _laid_out(pen: Pen, lines: list[str]) -> list[str]:
    return [re.sub(r"^\t", pen.text.unit, line) for line in lines]
