"""Whether a variable is written before it is read, on every way through a function."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ungil.syntax.flow import always_leaves
from ungil.syntax.statements import Statement
from ungil.syntax.words import Range, Words

__all__ = ["is_written_first"]

type Writes = Callable[[int, Range], bool]


def is_written_first(
    words: Words, statements: Sequence[Statement], name: str, writes: Writes, *, loops_run: bool = False
) -> bool:
    """No use of a variable in these statements can see what it held before them.

    Args:
        words: of the file.
        statements: consecutive ones, with all uses of the variable; its declaration is none of them.
        name: of the variable.
        writes: says of a use, and of the words that are evaluated with it, whether it replaces the whole value.
        loops_run: the body of a loop is taken to be run once at least.
    """
    try:
        _Walk(words, name, writes, loops_run=loops_run).sequence(statements, written=False)
    except _ReadFirstError:
        return False
    return True


class _ReadFirstError(Exception):
    """A use that may see the old value."""


class _Walk:
    """Goes through statements; each step takes and gives whether the variable has been written."""

    def __init__(self, words: Words, name: str, writes: Writes, *, loops_run: bool) -> None:
        self._words = words
        self._name = name
        self._writes = writes
        self._loops_run = loops_run

    def sequence(self, statements: Sequence[Statement], *, written: bool) -> bool:
        """One statement after the other. What a label may be reached from is not known: nothing is written there."""
        at_begin = written
        for statement in statements:
            if statement.kind == "label":
                is_case = self._words[statement.words.first].text in {"case", "default"}
                written = at_begin if is_case else False
            else:
                written = self._one(statement, written=written)
        return written

    def _one(self, statement: Statement, *, written: bool) -> bool:
        labels = [part for part in statement.within() if part.kind == "label"]
        entered = any(self._words[label.words.first].text not in {"case", "default"} for label in labels)
        if not self._words.uses(statement.words, self._name):
            return written and not entered
        if written and not labels:
            return True
        steps = {"block": self._block, "if": self._if, "loop": self._loop, "switch": self._switch, "try": self._switch}
        step = steps.get(statement.kind)
        after = step(statement, written=written) if step else self._expression(statement.words, written=written)
        return after and not entered

    def _block(self, statement: Statement, *, written: bool) -> bool:
        return self.sequence(statement.parts, written=written)

    def _switch(self, statement: Statement, *, written: bool) -> bool:
        """What is behind it may be reached from any of its cases, or from none."""
        if statement.kind == "switch":
            written = self._expression(statement.head, written=written)
        for part in statement.parts:
            self._one(part, written=written)
        return written

    def _if(self, statement: Statement, *, written: bool) -> bool:
        written = self._expression(statement.head, written=written)
        ends = [self._one(part, written=written) or always_leaves(part, self._words) for part in statement.parts]
        return written or (len(ends) == 2 and all(ends))  # noqa: PLR2004 - with an else

    def _loop(self, statement: Statement, *, written: bool) -> bool:
        """The body of a ``do`` is run once at least; that of another loop, and the steps of its head, perhaps never."""
        if self._words[statement.words.first].text == "do":
            at_end = self.sequence(statement.parts, written=written)
            jumps = any(part.kind in {"break", "continue"} for part in statement.within())
            return self._expression(statement.head, written=at_end and not jumps) or (at_end and not jumps)
        clauses = self._words.split(statement.head, ";") or [statement.head]
        for clause in clauses[:2]:
            written = self._expression(clause, written=written)
        at_end = self.sequence(statement.parts, written=written)
        jumps = any(part.kind == "continue" for part in statement.within())
        for clause in clauses[2:]:
            self._expression(clause, written=written or (at_end and not jumps))
        return written or (at_end and self._loops_run)

    def _expression(self, some: Range, *, written: bool) -> bool:
        """Words that are evaluated from left to right, unless they are evaluated at all only sometimes."""
        uses = self._words.uses(some, self._name)
        if written or not uses:
            return written
        sometimes = any(self._words[at].text in {"&&", "||", "?"} for at in range(some.first, uses[0]))
        if sometimes or not self._writes(uses[0], some):
            raise _ReadFirstError
        return True
