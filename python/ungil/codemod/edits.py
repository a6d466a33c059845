"""Edits to text: those that meet are told apart, the rest is applied from the last to the first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ungil.fixer import Edit

__all__ = ["Ground", "apply"]


class Ground:
    """Where edits were made. A repair whose edits touch those of another waits for the next round."""

    def __init__(self) -> None:
        self._taken: dict[str, list[tuple[int, int]]] = {}

    def is_free(self, edits: Iterable[Edit]) -> bool:
        """None of them touches what was taken, not even at its edge: of two insertions at one place, which is first?"""
        return not any(
            edit.start <= end and start <= edit.end for edit in edits for start, end in self._taken.get(edit.path, ())
        )

    def take(self, edits: Iterable[Edit]) -> None:
        """Marks where they are made."""
        for edit in edits:
            self._taken.setdefault(edit.path, []).append((edit.start, edit.end))


def apply(data: bytes, edits: Sequence[Edit]) -> bytes:
    """The text of a file after edits of which no two touch. New lines end as most of the file's do.

    Raises:
        ValueError: two of them overlap.
    """
    text = data.decode("latin-1")
    newline = "\r\n" if text.count("\r\n") * 2 > text.count("\n") else "\n"
    last = len(text)
    for edit in sorted(edits, reverse=True):
        if edit.end > last:
            raise ValueError(f"edits overlap at byte {edit.end} of {edit.path}")
        new = edit.text if newline == "\n" else edit.text.replace("\r\n", "\n").replace("\n", newline)
        text = text[: edit.start] + new + text[edit.end :]
        last = edit.start
    return text.encode("latin-1")
