"""Words: names, numbers, literals and punctuators, each with its place in the text."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from operator import itemgetter
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
        self._all = _scan.words(file)  # a Word is made when somebody looks at it: of a large file, few are looked at

    def __getitem__(self, index: int) -> Word:
        """Past the end, an empty word."""
        if not 0 <= index < len(self._all):
            return _NOTHING
        start, end, kind, partner = self._all[index]
        return Word(start, end, kind, partner, self.text.all[start:end])

    def __len__(self) -> int:
        """How many there are."""
        return len(self._all)

    @property
    def all(self) -> Iterator[Word]:
        """Every word, in source order."""
        return (self[index] for index in range(len(self._all)))

    def at(self, offset: int) -> int:
        """The index of the first word that begins at an offset or behind it."""
        return bisect_left(self._all, offset, key=_START)

    def start(self, some: Range) -> int:
        """Where the first of them begins."""
        return self._all[some.first][0]

    def end(self, some: Range) -> int:
        """Where the last of them ends."""
        return self._all[some.last - 1][1]

    def source(self, some: Range) -> str:
        """The text from the first to the last of them, as it stands."""
        return self.text.all[self.start(some) : self.end(some)] if some.last > some.first else ""

    def inside(self, bracket: int) -> Range:
        """The words between a bracket and its partner."""
        return Range(bracket + 1, self._all[bracket][3])

    def split(self, some: Range, separator: str = ",") -> list[Range]:
        """Those parts that a punctuator outside brackets separates; no part of nothing."""
        parts, first, at = [], some.first, some.first
        while at < some.last:
            word = self[at]
            if word.text == separator:
                parts.append(Range(first, at))
                first = at + 1
            at = max(word.partner, at) + 1
        return [*parts, Range(first, some.last)] if some.last > some.first else []

    def uses(self, some: Range, name: str) -> list[int]:
        """Where a variable is named: neither a member nor a label of that name."""
        found, text = list[int](), self.text.all
        start = text.find(name, self.start(some), self.end(some)) if some.last > some.first else -1
        while start >= 0:
            at = self.at(start)
            word = self[at]
            if (word.start, word.text, word.kind) == (start, name, "name") and not self._is_part(at):
                found.append(at)
            start = text.find(name, start + 1, self.end(some))
        return found

    def _is_part(self, at: int) -> bool:
        return self[at - 1].text in {".", "->", "goto"}

    def hides(self, some: Range, name: str) -> bool:
        """The name also stands among them where no word is: in a branch that is not read, or in a directive."""
        inside = self._all[some.first : some.last]
        return any(
            not self.text.is_comment(match.start())
            and not any(start <= match.start() < end for start, end, _, _ in inside)
            for match in re.compile(rf"\b{re.escape(name)}\b").finditer(self.text.all, self.start(some), self.end(some))
        )

    def is_whole(self, some: Range) -> bool:
        """No preprocessor directive stands between them."""
        return not self.text.directives(self.start(some), self.end(some))


_START = itemgetter(0)
_NOTHING = Word(0, 0, "punctuator", -1, "")
