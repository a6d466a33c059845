"""A table for a terminal: columns as wide as they need to be, and the last as wide as there is room."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

__all__ = ["Column", "table"]

_GAP = "  "
_CUT = "…"


@dataclass(frozen=True, slots=True)
class Column[T]:
    """One column.

    Attributes:
        title: its heading.
        text: what a row has in it.
        most: characters that it takes at most.
        style: the name of a style for a row's text, or nothing.
    """

    title: str
    text: Callable[[T], str]
    most: int = 1000
    style: Callable[[T], str] = lambda _: ""


def table[T](
    rows: Sequence[T], columns: Sequence[Column[T]], width: int, style: Callable[[str, str], str]
) -> list[str]:
    """The lines of a table no wider than ``width``, headed; a column that is empty in every row is left out."""
    used = [column for column in columns if any(column.text(row) for row in rows)]
    sizes = _sizes(rows, used, width)
    head = _line([column.title for column in used], sizes)
    lines = [style("dim", head)]
    for row in rows:
        cells = [_fitted(column.text(row), size) for column, size in zip(used, sizes, strict=True)]
        styled = [
            style(name, cell) if (name := column.style(row)) and cell else cell
            for column, cell in zip(used, cells, strict=True)
        ]
        padding = [" " * (size - len(cell)) for size, cell in zip(sizes, cells, strict=True)]
        lines.append(_GAP.join(f"{cell}{pad}" for cell, pad in zip(styled, padding, strict=True)).rstrip())
    return lines


def _sizes[T](rows: Sequence[T], columns: Sequence[Column[T]], width: int) -> list[int]:
    """What each column gets; where there is not room for all, the widest gives way, a character at a time."""
    sizes = [
        min(column.most, max(len(column.title), *(len(column.text(row)) for row in rows), 0)) for column in columns
    ]
    room = width - len(_GAP) * (len(columns) - 1)
    while sum(sizes) > room and max(sizes) > 1:
        sizes[sizes.index(max(sizes))] -= 1
    return sizes


def _line(cells: Sequence[str], sizes: Sequence[int]) -> str:
    return _GAP.join(f"{_fitted(cell, size):{size}}" for cell, size in zip(cells, sizes, strict=True)).rstrip()


def _fitted(text: str, size: int) -> str:
    return text if len(text) <= size else f"{text[: size - 1]}{_CUT}"
