"""A pen: collects the edits of one repair, in the layout of the file that it writes in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from ungil.fixer import Edit, Undecided
from ungil.syntax.statements import Statement
from ungil.syntax.unit import Unit
from ungil.syntax.words import Range

__all__ = ["Pen"]

_LABEL = re.compile(r"\w+:;?")
_NO_CODE = re.compile(r"[ \t]*(?:/\*(?:[^*\n]|\*(?!/))*\*/[ \t]*|//[^\n]*)*\r?(?=\n|$)")


class Pen:
    """Writes in one file. What is put at one place appears in the order in which it was put there."""

    def __init__(self, path: str, unit: Unit) -> None:
        self.path = path
        self.unit = unit
        self.words = unit.words
        self.text = unit.text
        self._edits: list[tuple[int, int, str]] = []
        self._names: dict[Range, set[str]] = {}

    @property
    def edits(self) -> tuple[Edit, ...]:
        """All of them, by place; what was put at one place is one.

        Raises:
            Undecided: two of them change the same words.
        """
        merged: list[tuple[int, int, str]] = []
        for start, end, text in sorted(self._edits, key=lambda edit: edit[:2]):
            if merged and merged[-1][:2] == (start, end) == (start, start):
                merged[-1] = (start, end, merged[-1][2] + text)
            else:
                merged.append((start, end, text))
        if any(next_one[0] < one[1] for one, next_one in pairwise(merged)):
            raise Undecided("two changes meet in one statement: divide it first")
        return tuple(Edit(self.path, *edit) for edit in merged)

    def declaration(self, kind: str, name: str) -> str:
        """``PyObject *name``, or ``PyObject* name`` where that is how the file has it."""
        bare = kind.rstrip("*").rstrip()
        stars = "*" * kind.count("*")
        if not stars:
            return f"{bare} {name}"
        return f"{bare}{stars} {name}" if self.text.stars_stand_left else f"{bare} {stars}{name}"

    def names_in(self, block: Statement) -> set[str]:
        """The variables that the repair declares in a block, to which callers add theirs."""
        return self._names.setdefault(block.words, set())

    def insert(self, offset: int, text: str) -> None:
        """Puts text at a place."""
        self._edits.append((offset, offset, text))

    def replace(self, some: Range, text: str) -> None:
        """Puts text in the place of words, and of all that stands between them."""
        self._edits.append((self.words.start(some), self.words.end(some), text))

    def forget(self, some: Range) -> None:
        """Takes back what was to be put in the place of words: something larger is replaced, and them with it."""
        place = (self.words.start(some), self.words.end(some))
        self._edits = [edit for edit in self._edits if edit[:2] != place]

    def replace_word(self, word: int, text: str) -> None:
        """Puts text in the place of one word."""
        self.replace(Range(word, word + 1), text)

    def delete(self, statement: Statement) -> None:
        """Takes a statement away, and its line with it where nothing else stands there.

        A branch without braces is left as an empty statement.
        """
        start, end = self.words.start(statement.words), self.words.end(statement.words)
        if statement.is_bare:
            self._edits.append((start, end, ";"))
            return
        rest = _NO_CODE.match(self.text.all, end)
        if self.text.begins_line(start) and rest is not None and not self._has_comment(end, rest.end()):
            start, end = self.text.line_start(start), min(rest.end() + 1, len(self.text.all))
        elif rest is None:
            behind = self.text.all[end : self.text.line_end(end)]
            end += len(behind) - len(behind.lstrip())
        self._edits.append((start, end, ""))

    def delete_stretch(self, start: int, end: int) -> None:
        """Takes away what stands between two places."""
        self.replace_stretch(start, end, "")

    def replace_stretch(self, start: int, end: int, text: str) -> None:
        """Puts text in the place of what stands between two places."""
        self._edits.append((start, end, text))

    def before(self, statement: Statement, *lines: str) -> None:
        """Puts statements before one; a branch without braces gets them."""
        start = self.words.start(statement.words)
        if statement.is_bare:
            self._brace(statement, lines, ())
        elif self.text.begins_line(start):
            indent = self.text.indentation(start)
            whole = "".join(f"{self.indented(line, indent)}\n" for line in lines)
            self.insert(self.text.line_start(start), whole)
        else:
            self.insert(start, "".join(f"{line.strip()} " for line in lines))

    def after(self, statement: Statement, *lines: str) -> None:
        """Puts statements behind one; a branch without braces gets them."""
        if statement.is_bare:
            self._brace(statement, (), lines)
            return
        start, end = self.words.start(statement.words), self.words.end(statement.words)
        in_line = not any(line.startswith("#") for line in lines)
        if in_line and not self.text.begins_line(start) and self.text.line(start) == self.text.line(end):
            self.insert(end, "".join(f" {line.strip()}" for line in lines))
            return
        indent = self.text.indentation(start)
        self.insert(self._end_of_line(end), "".join(f"\n{self.indented(line, indent)}" for line in lines))

    def around(self, statement: Statement, before: Sequence[str], after: Sequence[str]) -> None:
        """Puts statements before and behind one."""
        if statement.is_bare:
            self._brace(statement, before, after)
            return
        self.before(statement, *before)
        self.after(statement, *after)

    def instead(self, statement: Statement, *lines: str) -> None:
        """Puts statements in the place of one; a branch without braces gets them where they are several."""
        start, end = self.words.start(statement.words), self.words.end(statement.words)
        if statement.is_bare and len(lines) > 1:
            self._brace(statement, lines[:-1], ())
            self._edits.append((start, end, lines[-1]))
        elif self.text.begins_line(start):
            indent = self.text.indentation(start)
            behind = [f"\n{self.indented(line, indent)}" for line in lines[1:]]
            self._edits.append((start, end, "".join([*lines[:1], *behind])))
        else:
            self._edits.append((start, end, " ".join(line.strip() for line in lines)))

    def _brace(self, statement: Statement, before: Sequence[str], after: Sequence[str]) -> None:
        """Gives a branch its braces, with statements before and behind it."""
        start, end = self.words.start(statement.words), self.words.end(statement.words)
        if not self.text.begins_line(start):
            self.insert(start, "{ " + "".join(f"{line.strip()} " for line in before))
            self.insert(end, "".join(f" {line.strip()}" for line in after) + " }")
            return
        indent = self.text.indentation(start)
        outer = self.text.indentation(self._governing(statement))
        self.insert(self.words[statement.words.first - 1].end, " {")
        self.insert(start, "".join(f"{line}\n{indent}" for line in before))
        tail = "".join(f"\n{indent}{line}" for line in after)
        self.insert(self._end_of_line(end), f"{tail}\n{outer}}}")

    def _governing(self, branch: Statement) -> int:
        """Where the statement begins whose indentation the closing brace gets."""
        at = branch.parent
        while at is not None and at.parent is not None and at.is_bare and not self.text.begins_line(self._start(at)):
            at = at.parent
        return self._start(at) if at is not None else self._start(branch)

    def _start(self, statement: Statement) -> int:
        return self.words.start(statement.words)

    def _end_of_line(self, end: int) -> int:
        """The end of the line, behind a comment that belongs to it; the very place where code follows in the line."""
        rest = _NO_CODE.match(self.text.all, end)
        if rest is None:
            return end
        return rest.end() - rest[0].endswith("\r")

    def _has_comment(self, start: int, end: int) -> bool:
        return bool(self.text.all[start:end].strip())

    def indented(self, line: str, indent: str) -> str:
        """Directives begin their lines, and labels stand further out."""
        if line.startswith("#") or not line:
            return line
        return (indent.removesuffix(self.text.unit) if _LABEL.fullmatch(line) else indent) + line
