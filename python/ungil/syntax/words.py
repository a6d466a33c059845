"""Words: names, numbers, literals and punctuators, each with its place in the text."""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import NamedTuple

from ungil import _scan
from ungil.syntax.text import Text

__all__ = ["Range", "Word", "Words"]


class Range(NamedTuple):
    """Words from ``first`` up to ``last``, by index; the end is exclusive."""

    first: int
    last: int


class Word(NamedTuple):
    """One word. ``partner`` is the index of the bracket that belongs to it, or its own index."""

    start: int
    end: int
    kind: str
    partner: int
    text: str


class Words:
    """The words of one file that a free-threaded build may compile. Immutable, and may be used from any thread."""

    def __init__(self, text: Text, file: _scan.File) -> None:
        self.text = text
        self.all = [
            Word(start, end, kind, partner, text.all[start:end]) for start, end, kind, partner in _scan.words(file)
        ]
        self._starts = [word.start for word in self.all]

    def __getitem__(self, index: int) -> Word:
        """Past the end, an empty word."""
        return self.all[index] if 0 <= index < len(self.all) else _NOTHING

    def __len__(self) -> int:
        return len(self.all)

    def at(self, offset: int) -> int:
        """The index of the first word that begins at an offset or behind it."""
        return bisect_left(self._starts, offset)

    def start(self, some: Range) -> int:
        """Where the first of them begins."""
        return self.all[some.first].start

    def end(self, some: Range) -> int:
        """Where the last of them ends."""
        return self.all[some.last - 1].end

    def source(self, some: Range) -> str:
        """The text from the first to the last of them, as it stands."""
        return self.text.all[self.start(some) : self.end(some)] if some.last > some.first else ""

    def inside(self, bracket: int) -> Range:
        """The words between a bracket and its partner."""
        return Range(bracket + 1, self.all[bracket].partner)

    def split(self, some: Range, separator: str = ",") -> list[Range]:
        """Those parts that a punctuator outside brackets separates; no part of nothing."""
        parts, first, at = [], some.first, some.first
        while at < some.last:
            word = self.all[at]
            if word.text == separator:
                parts.append(Range(first, at))
                first = at + 1
            at = max(word.partner, at) + 1
        return [*parts, Range(first, some.last)] if some.last > some.first else []

    def uses(self, some: Range, name: str) -> list[int]:
        """Where a variable is named: neither a member nor a label of that name."""
        return [
            at
            for at in range(some.first, some.last)
            if self.all[at].text == name
            and self.all[at].kind == "name"
            and self[at - 1].text not in {".", "->", "goto"}
        ]

    def hides(self, some: Range, name: str) -> bool:
        """The name also stands among them where no word is: in a branch that is not read, or in a directive."""
        start, end = self.start(some), self.end(some)
        inside = self.all[some.first : some.last]
        return any(
            not self.text.is_comment(match.start())
            and not any(word.start <= match.start() < word.end for word in inside)
            for match in re.compile(rf"\b{re.escape(name)}\b").finditer(self.text.all, start, end)
        )

    def is_whole(self, some: Range) -> bool:
        """No preprocessor directive stands between them."""
        return not self.text.directives(self.start(some), self.end(some))


_NOTHING = Word(0, 0, "punctuator", -1, "")
