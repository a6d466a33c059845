"""The text of one file, one character for each byte, and the ways between places, lines and indentation."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from functools import cached_property

__all__ = ["Text"]

_BLANKS = re.compile(r"[ \t]*")
# A directive with its continuation lines.
_DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n\\]|\\\r?\n|\\.)*", re.MULTILINE)


class Text:
    """The text of one file. Immutable, and may be used from any thread.

    A character is a byte: what is not ASCII passes through as it came, and a place is an offset that edits can use.
    """

    def __init__(self, data: bytes, comments: list[tuple[int, int]]) -> None:
        self.all = data.decode("latin-1")
        self.comments = comments
        self._starts = [0, *(match.end() for match in re.finditer("\n", self.all))]

    @cached_property
    def _comment_starts(self) -> list[int]:
        return [first for first, _ in self.comments]

    @cached_property
    def _directives(self) -> list[tuple[int, int]]:
        found = (match.span() for match in _DIRECTIVE.finditer(self.all))
        return [(start, end) for start, end in found if not self.is_comment(end - 1, start)]

    def offset(self, line: int, column: int) -> int:
        """Of a line and column, both counted from 1."""
        return self._starts[line - 1] + column - 1

    def line(self, offset: int) -> int:
        """The line in which an offset lies, counted from 1."""
        return bisect_right(self._starts, offset)

    def line_start(self, offset: int) -> int:
        """Where its line begins."""
        return self._starts[self.line(offset) - 1]

    def line_end(self, offset: int) -> int:
        """Where its line ends: at the line feed, or at the end of the text."""
        number = self.line(offset)
        return self._starts[number] - 1 if number < len(self._starts) else len(self.all)

    def indentation(self, offset: int) -> str:
        """The white space with which its line begins."""
        match = _BLANKS.match(self.all, self.line_start(offset))
        return match[0] if match is not None else ""

    def begins_line(self, offset: int) -> bool:
        """Nothing but white space stands before it in its line."""
        return not self.all[self.line_start(offset) : offset].strip()

    def is_comment(self, offset: int, since: int | None = None) -> bool:
        """A comment that began before ``since`` (or anywhere) covers this place."""
        index = bisect_right(self._comment_starts, offset) - 1
        if index < 0:
            return False
        first, last = self.comments[index]
        return offset < last and (since is None or first < since)

    def directives(self, first: int, last: int) -> list[str]:
        """The preprocessor directives that begin between two places."""
        some = slice(bisect_left(self._directives, (first,)), bisect_left(self._directives, (last,)))
        return [self.all[start:end].strip() for start, end in self._directives[some]]

    @cached_property
    def stars_stand_left(self) -> bool:
        """Most pointers are declared as ``T* x``, rather than ``T *x``."""
        return len(re.findall(r"\w\* \w", self.all)) > len(re.findall(r"\w \*+\w", self.all))

    @cached_property
    def unit(self) -> str:
        """One step of indentation, as most lines of the file have it."""
        widths: dict[str, int] = {}
        previous = ""
        for match in re.finditer(r"^([ \t]*)[^\s#/*]", self.all, re.MULTILINE):
            current = match[1]
            if current != previous and current.startswith(previous):
                step = current[len(previous) :]
                widths[step] = widths.get(step, 0) + 1
            previous = current
        return max(widths, key=lambda step: widths[step]) if widths else "    "
