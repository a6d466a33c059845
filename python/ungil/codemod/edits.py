"""Edits to text: repairs that meet are told apart, the rest is applied from the last edit to the first."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence

from ungil.fixer import Edit

__all__ = ["Ground", "apply", "was_at"]

type _Region = tuple[str, int]  # a file, and the number of the function in it


class Ground:
    """Where repairs were made. One that meets another waits for the next round.

    What a repair does to a function reaches from its first edit there to its last: between them it has decided what the
    text is, and where control goes. So two repairs meet also where no edit of one touches an edit of the other.

    Args:
        ends: where the functions of a file end, in order; what stands between two belongs to the second.
    """

    def __init__(self, ends: Callable[[str], Sequence[int]]) -> None:
        self._ends = ends
        self._taken: dict[_Region, list[tuple[int, int]]] = {}

    def is_free(self, edits: Iterable[Edit]) -> bool:
        """None of them meets what was taken, not even at its edge: of two insertions at one place, which is first?"""
        return not any(
            first <= end and start <= last
            for region, (first, last) in self._reach(edits).items()
            for start, end in self._taken.get(region, ())
        )

    def take(self, edits: Iterable[Edit]) -> None:
        """Marks how far they reach."""
        for region, reach in self._reach(edits).items():
            self._taken.setdefault(region, []).append(reach)

    def _reach(self, edits: Iterable[Edit]) -> dict[_Region, tuple[int, int]]:
        reach: dict[_Region, tuple[int, int]] = {}
        for edit in edits:
            region = (edit.path, bisect_left(self._ends(edit.path), edit.start))
            first, last = reach.get(region, (edit.start, edit.end))
            reach[region] = (min(first, edit.start), max(last, edit.end))
        return reach


def apply(data: bytes, edits: Sequence[Edit]) -> bytes:
    """The text of a file after edits of which no two touch. New lines end as most of the file's do.

    Raises:
        ValueError: two of them overlap.
    """
    text = data.decode("latin-1")
    newline = "\r\n" if text.count("\r\n") * 2 > text.count("\n") else "\n"
    parts, at = [], 0
    for edit in sorted(edits):
        if edit.start < at:
            raise ValueError(f"edits overlap at byte {at} of {edit.path}")
        new = edit.text if newline == "\n" else edit.text.replace("\r\n", "\n").replace("\n", newline)
        parts += [text[at : edit.start], new]
        at = edit.end
    return "".join([*parts, text[at:]]).encode("latin-1")


def was_at(line: int, data: bytes, edits: Iterable[Edit]) -> int:
    """The place in ``data``, the text before ``edits``, of what is a line after them, counted from 1.

    Of a line that an edit has written it is where the edit begins.
    """
    at, lines = 0, line - 1  # lines that begin behind ``at`` and before the one that is looked for
    for edit in sorted(edits):
        kept, written = data.count(b"\n", at, edit.start), edit.text.count("\n")
        if kept >= lines:
            break
        if kept + written > lines:
            return edit.start
        at, lines = edit.end, lines - kept - written
    for _ in range(lines):
        at = data.index(b"\n", at) + 1
    return at
