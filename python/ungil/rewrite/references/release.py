"""Releases what a variable holds: behind its last use, and before every way out until then."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from ungil.fixer import Undecided
from ungil.rewrite.conditions import null_test
from ungil.rewrite.exits import has_no_hidden_exits
from ungil.rewrite.names import can_declare_before, declared, name_in_block
from ungil.rewrite.pen import Pen
from ungil.rewrite.references.lending import Lent, is_new
from ungil.syntax.flow import always_leaves, exits
from ungil.syntax.functions import WrittenFunction
from ungil.syntax.statements import Statement
from ungil.syntax.words import Range

__all__ = ["Held", "Reference", "is_scalar", "release"]

_SCALAR = re.compile(
    r"(?:(?:unsigned|signed|long|short|int|char|double|float|bool|_Bool|u?int\w*_t|s?size_t|(?:ptrdiff|off|time|wchar)_t"
    r"|Py_ssize_t|Py_u?hash_t|Py_UCS[124]|npy_\w+)\s?)+"
)


class Held(Enum):
    """What the variable holds at a place."""

    MAYBE = "an object, or NULL"
    NULL = "NULL"
    OBJECT = "an object"


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference in a local variable.

    Attributes:
        variable: its name.
        held: what it holds to begin with.
        call: the words that are replaced by the variable, where it is new.
        lent: the variables that live in the object.
    """

    variable: str
    held: Held
    call: Range | None = None
    lent: tuple[Lent, ...] = ()


@dataclass(frozen=True, slots=True)
class _Releaser:
    """Writes the releases of one variable."""

    pen: Pen
    function: WrittenFunction
    reference: Reference
    leaving: frozenset[int]  # the first words of the statements by which control leaves

    @property
    def variable(self) -> str:
        return self.reference.variable

    @property
    def call(self) -> Range | None:
        return self.reference.call

    def mentions(self, some: Range) -> bool:
        names = [self.variable, *(one.name for one in self.reference.lent)]
        uses = any(self.function.words.uses(some, name) for name in names)
        return uses or (self.call is not None and some.first <= self.call.first < some.last)

    def walk(self, statements: Sequence[Statement], held: Held) -> Held:
        for statement in statements:
            held = self.pass_through(statement, held)
        return held

    def pass_through(self, statement: Statement, held: Held) -> Held:
        if statement.kind == "label":
            return self.reference.held  # control may come from wherever it was held
        if statement.words.first in self.leaving:
            self.leave(statement, held)
            return held
        if statement.kind == "if":
            return self.branches(statement, held)
        if statement.kind == "block":
            return self.walk(statement.parts, held)
        if statement.kind in {"loop", "switch", "try"}:
            for part in statement.parts:
                self.pass_through(part, held)
        return held

    def branches(self, statement: Statement, held: Held) -> Held:
        then, other = self.told(statement.head, held)
        states = []
        for part, state in zip(statement.parts, (then, other), strict=False):
            after = self.pass_through(part, state)
            states += [] if always_leaves(part, self.function.words) else [after]
        if len(statement.parts) == 1:
            states.append(other)
        return states[0] if len(set(states)) == 1 else Held.MAYBE

    def told(self, head: Range, held: Held) -> tuple[Held, Held]:
        """What the variable holds where a condition is true, and where it is not."""
        words = self.function.words
        parts = [part for part in words.split(head, "&&") if part.last > part.first]
        ored = len(words.split(head, "||")) > 1
        test = null_test(words.source(parts[0]), self.variable) if parts else None
        if test is None or held is Held.NULL:
            return held, held
        if_true, if_false = (Held.NULL, Held.OBJECT) if test else (Held.OBJECT, Held.NULL)
        if ored:
            first = null_test(words.source(words.split(head, "||")[0]), self.variable)
            return held, (Held.OBJECT if first else Held.NULL) if first is not None else held
        return if_true, if_false if len(parts) == 1 else held

    def leave(self, statement: Statement, held: Held) -> None:
        """Releases before a way out, unless it takes the reference along."""
        if statement.kind in {"plain", "throw"} and self.mentions(statement.words):
            name = self.function.words[statement.words.first].text
            raise Undecided(f"{name} uses '{self.variable}' on the way out: keep what it needs in a variable")
        value = statement.head if statement.kind == "return" else Range(0, 0)
        value = Range(value.first + 1, value.last) if value.last else value
        if held is Held.NULL and not (value.last and self.mentions(value)):
            return
        if not value.last > value.first or not self.mentions(value):
            self.pen.before(statement, self.call_for(held))
            return
        source = self.valued(value)
        if self.hands_over(statement, source):
            return
        if self.is_counted(source):
            self.pen.before(statement, self.call_for(held))
            return
        kind = self.function.returns
        if not kind:
            raise Undecided("what the function returns could not be read: take a strong reference by hand")
        scalar = is_scalar(kind)
        if not (scalar or (kind.replace(" ", "") == "PyObject*" and is_new(source))):
            raise Undecided(f"'return {source}' hands out what '{self.variable}' keeps alive: decide who owns it")
        result = name_in_block(self.pen, self.function, "result", statement)
        can_declare_before(statement)
        kept = declared(self.pen, self.function, kind, result, source)
        self.pen.before(statement, *kept, self.call_for(held))
        self.replace_value(value, result)

    def valued(self, value: Range) -> str:
        """The expression, with the variable in the place of a nested call."""
        words = self.function.words
        source = words.source(value)
        if self.call is not None and value.first <= self.call.first < value.last:
            start = words[self.call.first].start - words.start(value)
            end = words[self.call.last - 1].end - words.start(value)
            return source[:start] + self.variable + source[end:]
        return source

    def replace_value(self, value: Range, text: str) -> None:
        if self.call is not None and value.first <= self.call.first < value.last:
            self.pen.forget(self.call)
        self.pen.replace(value, text)

    def hands_over(self, statement: Statement, source: str) -> bool:
        """``return x`` behind ``Py_INCREF(x)``, and ``return Py_NewRef(x)``: the reference goes to the caller."""
        bare = re.sub(r"^\(\s*\w+\s*\*\s*\)\s*|\s+", "", source)
        if re.fullmatch(rf"Py_X?NewRef\({self.variable}\)|\(Py_X?INCREF\({self.variable}\),{self.variable}\)", bare):
            self.replace_value(Range(statement.head.first + 1, statement.head.last), self.variable)
            return True
        if bare != self.variable:
            return False
        siblings = statement.siblings
        at = siblings.index(statement)
        before = siblings[at - 1] if at else None
        text = self.function.words.source(before.words) if before is not None else ""
        if before is None or not re.fullmatch(rf"Py_X?INCREF\(\s*{self.variable}\s*\)\s*;", text):
            raise Undecided(
                f"the function hands out '{self.variable}' without a reference: make it return a strong one"
            )
        self.pen.delete(before)
        return True

    def is_counted(self, source: str) -> bool:
        """What is returned holds a reference of its own: counted by hand, or made by a function that may have."""
        words, body = self.function.words, self.function.body.words
        bare = re.sub(r"^\(\s*\w+\s*\*\s*\)\s*|\s+", "", source)
        lent = next((one for one in self.reference.lent if one.name == bare), None)
        if lent is None:
            return False
        if not lent.surely:
            return True
        places = (at for at in range(body.first, body.last) if words[at].text in {"Py_INCREF", "Py_XINCREF"})
        return any(words[at + 2].text == bare and words[at + 3].text == ")" for at in places)

    def call_for(self, held: Held) -> str:
        return f"Py_{'DECREF' if held is Held.OBJECT else 'XDECREF'}({self.variable});"


def release(
    pen: Pen, function: WrittenFunction, reference: Reference, statements: Sequence[Statement], *, at_end: bool = True
) -> None:
    """Releases a reference before every way out of consecutive statements, and behind the last.

    Args:
        pen: writes.
        function: whose variable it is.
        reference: what is released.
        statements: those in which it is held.
        at_end: also behind the last of them, where control comes there.

    Raises:
        Undecided: it leaves the function where nobody counts it.
    """
    words = function.words
    if not statements:
        return
    has_no_hidden_exits(function, statements)
    leaving = frozenset(one.words.first for one in exits(statements, words))
    releaser = _Releaser(pen, function, reference, leaving)
    after = releaser.walk(statements, reference.held)
    last = statements[-1]
    if at_end and after is not Held.NULL and not always_leaves(last, words):
        pen.after(last, releaser.call_for(after))


def is_scalar(kind: str) -> bool:
    """A type is spelled as a number is: what is returned lives in no object."""
    return _SCALAR.fullmatch(kind) is not None
