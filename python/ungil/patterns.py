"""Paths by pattern, as a configuration names them.

``*`` and ``?`` stand for what is in one name, ``**`` for any number of folders. A pattern with a slash starts at the
project's folder, one without is the name of a file or a folder anywhere. What names a folder means all that is in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

__all__ = ["matcher"]

_PIECES = re.compile(r"\*\*/|\*\*|\*|\?|\[!?[^\]/]+\]|.", re.DOTALL)
_MEANINGS = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def matcher(patterns: Iterable[str]) -> Callable[[str], bool]:
    """Says of a path, with forward slashes, whether one of the patterns means it."""
    sources = [_regex(pattern) for pattern in patterns]
    if not sources:
        return lambda _: False
    together = re.compile("|".join(sources))
    return lambda path: together.fullmatch(path) is not None


def _regex(pattern: str) -> str:
    trimmed = pattern.removeprefix("./").rstrip("/")
    anywhere = "" if "/" in trimmed else "(?:[^/]+/)*"
    return f"{anywhere}{''.join(map(_piece, _PIECES.findall(trimmed.lstrip('/'))))}(?:/.*)?"


def _piece(piece: str) -> str:
    if piece.startswith("[") and len(piece) > 1:
        inside = piece[1:-1].replace("\\", r"\\").replace("[", r"\[").replace("^", r"\^")
        return f"[{'^' if inside.startswith('!') else ''}{inside.removeprefix('!')}]"
    return _MEANINGS.get(piece) or re.escape(piece)
