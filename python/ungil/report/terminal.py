"""Colours, and what a hostile source file may not do to a terminal."""

from __future__ import annotations

import os
import unicodedata
from typing import TextIO

__all__ = ["Style", "printable", "wants_colour"]

WIDEST = 110
NARROWEST = 40

_CODES = {"bold": "1", "dim": "2", "red": "1;31", "yellow": "1;33", "green": "1;32", "blue": "1;34", "cyan": "36"}


class Style:
    """Wraps text in ANSI sequences, or leaves it alone.

    Attributes:
        width: of what is written to be read, in characters.
        room: of the terminal, which a table may use.
    """

    def __init__(self, *, colour: bool, width: int = WIDEST) -> None:
        self._colour = colour
        self.width = max(NARROWEST, min(width, WIDEST))
        self.room = max(NARROWEST, width)

    def __call__(self, name: str, text: str) -> str:
        """``text`` in the style called ``name``: bold, dim, red, yellow, green, blue or cyan."""
        return f"\x1b[{_CODES[name]}m{text}\x1b[0m" if self._colour else text


def wants_colour(stream: TextIO) -> bool:
    """Colour on a terminal only, and never when NO_COLOR is set (no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def printable(text: str) -> str:
    """``text`` with tabs as spaces and what is not a character to show, direction overrides included, as U+FFFD."""
    expanded = text.replace("\t", " ")
    return "".join("\ufffd" if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"} else c for c in expanded)
