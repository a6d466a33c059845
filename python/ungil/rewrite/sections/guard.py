"""Critical sections: put around statements, and left by their end alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ungil.fixer import Undecided
from ungil.rewrite.exits import has_no_hidden_exits
from ungil.rewrite.names import can_declare_before, declared, unused_name
from ungil.rewrite.pen import Pen
from ungil.rewrite.references.lifetime import is_not_entered
from ungil.rewrite.references.release import is_scalar
from ungil.syntax.flow import exits, returns_by_macro, span
from ungil.syntax.functions import WrittenFunction
from ungil.syntax.statements import Statement
from ungil.syntax.words import Range, Words

__all__ = ["guard", "leave_by_the_end"]

_CONSTANT = re.compile(r"-?\d+|NULL|nullptr|true|false|")


@dataclass(frozen=True, slots=True)
class _WayOut:
    """What makes the end of a section the only way out.

    Attributes:
        declare: before the section.
        label: before its end.
        leave: behind its end.
    """

    declare: tuple[str, ...] = ()
    label: tuple[str, ...] = ()
    leave: tuple[str, ...] = ()


def guard(pen: Pen, function: WrittenFunction, statements: Sequence[Statement], locked: str) -> None:
    """Puts a critical section on ``locked`` around consecutive statements.

    Raises:
        Undecided: they cannot be left by their end alone, or what they declare is used behind them.
    """
    can_declare_before(statements[0])
    is_not_entered(function, statements)
    _declares_nothing_for_later(function, statements)
    way = _way_out(pen, function, statements)
    begin = f"Py_BEGIN_CRITICAL_SECTION({locked});"
    before = [*way.declare, begin]
    after = [*way.label, "Py_END_CRITICAL_SECTION();", *way.leave]
    if len(statements) == 1:
        pen.around(statements[0], before, after)
    else:
        pen.before(statements[0], *before)
        pen.after(statements[-1], *after)


def leave_by_the_end(
    pen: Pen, function: WrittenFunction, begin: Statement, inside: Sequence[Statement], end: Statement
) -> None:
    """Makes the end of a section that is there the only way out of it.

    Raises:
        Undecided: a way out cannot be led to the end.
    """
    can_declare_before(begin)
    way = _way_out(pen, function, inside)
    pen.before(begin, *way.declare)
    pen.before(end, *way.label)
    pen.after(end, *way.leave)


def _way_out(pen: Pen, function: WrittenFunction, inside: Sequence[Statement]) -> _WayOut:
    words = function.words
    if not words.is_whole(span(inside)):
        raise Undecided("preprocessor directives stand in the section: lead every way out to its end by hand")
    has_no_hidden_exits(function, inside)
    leaving = list(exits(inside, words))
    if not leaving:
        return _WayOut()
    if any(one.kind == "throw" for one in leaving):
        raise Undecided("an exception leaves the section: use a guard, whose destructor ends it")
    ends_in_return = inside[-1].kind == "return" or returns_by_macro(inside[-1], words)
    returns = all(one.kind == "return" or returns_by_macro(one, words) for one in leaving)
    if ends_in_return and returns and function.returns not in {"", "void"}:
        return _one_result(pen, function, inside, leaving)
    return _by_number(pen, function, inside, leaving)


def _one_result(
    pen: Pen, function: WrittenFunction, inside: Sequence[Statement], leaving: Sequence[Statement]
) -> _WayOut:
    """All of them return, the last statement too: what is returned is kept, and returned behind the end."""
    result = unused_name(function, "result")
    label = unused_name(function, "end_of_section") if len(leaving) > 1 else ""
    if label:
        _crosses_no_declaration(pen, function, inside)
    _nothing(function.returns)
    for one in leaving:
        jump = [] if one is inside[-1] else [f"goto {label};"]
        pen.instead(one, *_kept(function, one, result), *jump)
    return _WayOut(
        (f"{pen.declaration(function.returns, result)};",), (f"{label}:;",) if label else (), (f"return {result};",)
    )


def _by_number(
    pen: Pen, function: WrittenFunction, inside: Sequence[Statement], leaving: Sequence[Statement]
) -> _WayOut:
    """A number says behind the end which way was to be taken; 0 means none. All that return share one."""
    words = function.words
    left, result, label = unused_name(function, "left"), "", ""
    values = {words.source(one.words) for one in leaving if one.kind == "return"}
    keep = len(values) > 1 or any(one.kind == "return" and not _is_constant(words, one) for one in leaving)
    ways: list[str] = []
    for one in leaving:
        lines, text = list[str](), words.source(one.words)
        if keep and (one.kind == "return" or returns_by_macro(one, words)) and function.returns != "void":
            result = result or unused_name(function, "result")
            lines, text = _kept(function, one, result), f"return {result};"
        if text not in ways:
            ways.append(text)
        jump = _break_out(words, one, inside)
        if not jump:
            label = label or unused_name(function, "end_of_section")
            jump = f"goto {label};"
        pen.instead(one, *lines, f"{left} = {ways.index(text) + 1};", jump)
    if label:
        _crosses_no_declaration(pen, function, inside)
    kept = declared(pen, function, function.returns, result, _nothing(function.returns)) if result else []
    kept += declared(pen, function, "int", left, "0")
    return _WayOut(tuple(kept), (f"{label}:;",) if label else (), _leave(ways, left, pen.text.unit))


def _leave(ways: Sequence[str], left: str, step: str) -> tuple[str, ...]:
    lines: list[str] = []
    for number, text in enumerate(ways, 1):
        condition = f"{left} == {number}" if len(ways) > 1 else left
        lines += [f"if ({condition}) {{", f"{step}{text}", "}"]
    return tuple(lines)


def _nothing(kind: str) -> str:
    """A value to begin with, so that no compiler thinks it may have none.

    Raises:
        Undecided: the type is neither a pointer nor spelled as a number is.
    """
    if not kind.endswith("*") and not is_scalar(kind):
        raise Undecided(f"the function returns '{kind}': lead every way out to the section's end by hand")
    return "NULL" if kind.endswith("*") else "0"


def _kept(function: WrittenFunction, leaving: Statement, result: str) -> list[str]:
    """The statements that keep what is returned."""
    words = function.words
    if leaving.kind == "return":
        value = words.source(Range(leaving.head.first + 1, leaving.head.last))
        if not function.returns or function.returns == "void":
            raise Undecided("a macro hides what the function returns: lead every way out to the section's end by hand")
        return [f"{result} = {value};"]
    macro = words[leaving.words.first].text
    if macro not in {"Py_RETURN_NONE", "Py_RETURN_TRUE", "Py_RETURN_FALSE", "Py_RETURN_NOTIMPLEMENTED"}:
        raise Undecided(f"{macro} leaves the section: keep its result, and return it behind the end")
    name = macro.removeprefix("Py_RETURN_").capitalize().replace("Notimplemented", "NotImplemented")
    return [f"Py_INCREF(Py_{name});", f"{result} = Py_{name};"]


def _is_constant(words: Words, leaving: Statement) -> bool:
    """What is returned is the same behind the section: ``NULL``, ``-1``, nothing."""
    source = words.source(Range(leaving.head.first + 1, leaving.head.last))
    return _CONSTANT.fullmatch(source) is not None


def _break_out(words: Words, leaving: Statement, inside: Sequence[Statement]) -> str:
    """``break;`` where that leads to the end: the section holds one loop, and this stands directly in it."""
    around = next((one for one in leaving.around() if one.kind in {"loop", "switch"}), None)
    loop = around if len(inside) == 1 and around is inside[0] and around.kind == "loop" else None
    return "break;" if loop is not None and words[loop.words.first].text in {"for", "while", "do"} else ""


def _crosses_no_declaration(pen: Pen, function: WrittenFunction, inside: Sequence[Statement]) -> None:
    """C++ forbids a jump past a declaration with a value, in the block that is jumped in; C, past a variable array."""
    words, in_c = pen.words, pen.path.endswith((".c", ".h"))
    for one in inside:
        for at in range(*one.words) if one.kind == "plain" else ():
            local = function.local(words[at].text) if words[at].kind == "name" else None
            if local is None or local.word != at:
                continue
            number = words[at + 2].kind == "number" or words[at + 2].text.isupper()
            passes = words[at + 1].text == "[" and not number and words[at + 2].text != "]"
            if passes or (not in_c and (local.has_initializer or not _is_plain(local.type))):
                raise Undecided("a jump to the section's end would pass a declaration: declare it before the section")


def _is_plain(kind: str) -> bool:
    """A pointer or a number: no constructor makes it."""
    return kind.endswith("*") or is_scalar(kind)


def _declares_nothing_for_later(function: WrittenFunction, statements: Sequence[Statement]) -> None:
    """A section is a block: what is declared in it ends with it."""
    words = function.words
    end = statements[-1].words.last
    for statement in statements:
        if statement.kind != "plain":
            continue
        for at in range(statement.words.first, statement.words.last):
            local = function.local(words[at].text) if words[at].kind == "name" else None
            declares = local is not None and local.statement is statement and local.word == at
            if declares and words.uses(Range(end, function.body.words.last), words[at].text):
                raise Undecided(f"'{words[at].text}' is declared in what needs the section and used behind it")
