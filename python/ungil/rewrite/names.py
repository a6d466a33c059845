"""Names for what repairs add."""

from __future__ import annotations

from ungil.syntax.functions import WrittenFunction

__all__ = ["unused_name"]


def unused_name(function: WrittenFunction, wanted: str) -> str:
    """A name that the function does not use: the wanted one, or that with a number."""
    words = function.words
    used = {words[at].text for at in range(function.head.first, function.body.words.last)}
    return next(name for name in (wanted, *(f"{wanted}{n}" for n in range(2, 1000))) if name not in used)
