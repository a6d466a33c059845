"""What tests do by syntax, as functions that can be called again."""

from __future__ import annotations

from itertools import islice
from typing import Any, Final

__all__ = ["enter_and_exit", "iterate"]

MOST_ITEMS: Final = 1000
"""An iterator may have no end."""


def iterate(iterable: Any) -> list[object]:  # noqa: ANN401 - whatever the tests iterate over
    """``for item in iterable``: its first items."""
    return list(islice(iterable, MOST_ITEMS))


def enter_and_exit(manager: Any) -> object:  # noqa: ANN401 - whatever the tests enter
    """``with manager``: what entering gives."""
    with manager as entered:
        return entered
