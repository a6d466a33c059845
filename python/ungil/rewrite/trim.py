"""Whole lines that go, and the blank ones with them that would stand doubled afterwards."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable

from ungil.rewrite.pen import Pen
from ungil.syntax.text import Text

__all__ = ["Lines", "comment_above", "delete_lines", "lines_of"]

type Lines = tuple[int, int]  # from the beginning of a line to the beginning of another

_BLANK = re.compile(r"[ \t\r]*\n")
_NO_CODE = re.compile(r"[ \t]*(?:/\*(?:[^*]|\*(?!/))*\*/[ \t]*|//[^\n]*)*\r?(?:\n|$)")


def lines_of(text: Text, start: int, end: int) -> Lines | None:
    """The lines that a stretch of code has to itself, comments apart; None where other code stands in one of them."""
    rest = _NO_CODE.match(text.all, end)
    return (text.line_start(start), rest.end()) if rest is not None and text.begins_line(start) else None


def comment_above(text: Text, start: int) -> Lines | None:
    """The comment that has the lines directly above a place to itself."""
    above = text.line_start(start)
    for first, last in reversed(text.comments[: bisect_left(text.comments, (above,))]):
        lines = lines_of(text, first, last)
        if lines is not None:
            return lines if lines[1] == above else None
    return None


def delete_lines(pen: Pen, some: Iterable[Lines]) -> None:
    """Takes lines away. Between two of them, only blank lines stand for nothing."""
    all_, joined = pen.text.all, list[Lines]()
    for start, end in sorted(some):
        if joined and not all_[joined[-1][1] : start].strip():
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    for start, end in joined:
        pen.delete_stretch(*_with_blank_lines(all_, start, end))


def _with_blank_lines(all_: str, start: int, end: int) -> Lines:
    before = all_[:start].rstrip(" \t\r\n")
    first = all_.find("\n", len(before)) + 1  # the beginning of the line behind the last one that is not blank
    if first < start or before.endswith("{"):
        while (blank := _BLANK.match(all_, end)) is not None:
            end = blank.end()
    closes = all_[end : end + 200].lstrip(" \t").startswith("}")
    return (first, end) if closes and first < start else (start, end)
