"""A unified diff in pieces, so that each finding is shown beside what would be changed there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Hunk", "hunks"]

_HEAD = re.compile(r"@@ -(?P<first>\d+)(?:,(?P<old>\d+))? \+\d+(?:,(?P<new>\d+))? @@")


@dataclass(frozen=True, slots=True)
class Hunk:
    """One change.

    Attributes:
        path: of the file before it.
        first, last: of its lines before the change.
        lines: with their signs.
    """

    path: str
    first: int
    last: int
    lines: tuple[str, ...]

    def covers(self, path: str, line: int) -> bool:
        """Whether a place before the change lies in it."""
        return self.path == path and self.first <= line <= self.last


def hunks(patch: str) -> Iterator[Hunk]:
    """Those of a patch, in its order; what is none is passed over."""
    path, rows = "", patch.split("\n")
    at = 0
    while at < len(rows):
        if rows[at].startswith("--- ") and at + 1 < len(rows) and rows[at + 1].startswith("+++ "):
            path = rows[at][4:].partition("\t")[0].removeprefix("a/")
            at += 2
        elif head := _HEAD.match(rows[at]):
            first, old = int(head["first"]), int(head["old"] or "1")
            lines = _body(rows[at + 1 :], old, int(head["new"] or "1"))
            yield Hunk(path, first, first + max(old, 1) - 1, (rows[at], *lines))
            at += 1 + len(lines)
        else:
            at += 1


def _body(rows: list[str], old: int, new: int) -> list[str]:
    """The lines of a hunk: as many of before and after as it says that it has."""
    lines = []
    for row in rows:
        if old <= 0 and new <= 0 and not row.startswith("\\"):
            break
        old -= row[:1] != "+" and row[:1] != "\\"
        new -= row[:1] != "-" and row[:1] != "\\"
        lines.append(row)
    return lines
