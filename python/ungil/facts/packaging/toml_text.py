"""TOML with places: what ``tomllib`` reads, and where the keys stand.

Why the places are found here: ``tomllib`` tells none, nor does tomlkit, which keeps a file's layout to write it back.
So the standard library says what a file means, and a scan of its words where the keys are that it found.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Any

from ungil.facts.build.located import Text
from ungil.facts.ci.model import Spot

__all__ = ["Toml", "TomlError", "strings", "table_of"]

_TOKEN = re.compile(
    r"""(?P<comment>\#[^\n]*) | (?P<string>"{3}(?:\\.|[^\\])*?"{3,5} | '{3}.*?'{3,5}
                  | "(?:\\.|[^"\\\n])*" | '[^'\n]*')
      | (?P<open>[\[{]) | (?P<close>[\]}]) | (?P<equals>=) | (?P<newline>\n) | (?P<word>[\w-]+) | (?P<dot>\.)""",
    re.VERBOSE | re.DOTALL,
)


class TomlError(ValueError):
    """The text is no TOML; the message says why."""


class Toml:
    """One file.

    Attributes:
        data: what it says.
    """

    def __init__(self, text: Text) -> None:
        self.text = text
        try:
            self.data: dict[str, Any] = tomllib.loads(text.all.encode("latin-1").decode())
        except (ValueError, RecursionError) as error:
            raise TomlError(str(error).partition("\n")[0]) from error
        self._places = dict(_places(text.all))

    def table(self, *path: str) -> dict[str, Any]:
        """The table of that name; an empty one where there is none."""
        found: Any = self.data
        for name in path:
            found = found.get(name) if isinstance(found, dict) else None
        return found if isinstance(found, dict) else {}

    def spot(self, *path: str) -> Spot:
        """Where a key or a table stands; of what is written otherwise, what it lies in."""
        for length in range(len(path), 0, -1):
            if path[:length] in self._places:
                return self.text.spot(*self._places[path[:length]])
            below = next((place for name, place in self._places.items() if name[:length] == path[:length]), None)
            if below is not None:
                return self.text.spot(*below)
        return self.text.spot(0, 1)

    def spot_in(self, value: str, *path: str) -> Spot:
        """Where a string stands in the value of a key; the key, where the string is written otherwise."""
        begin = self._places.get(path, (0, 0))[1]
        found = re.compile(rf"([\"'])({re.escape(value)})\1").search(self.text.all, begin)
        return self.text.spot(found.start(2), found.end(2)) if found is not None else self.spot(*path)


def _places(text: str) -> Iterator[tuple[tuple[str, ...], tuple[int, int]]]:
    """Every key with the names of the tables around it, and every table."""
    table: tuple[str, ...] = ()
    words: list[re.Match[str]] = []
    depth, is_value, is_header = 0, False, False
    for token in _TOKEN.finditer(text):
        kind = token.lastgroup
        if kind == "newline":
            if depth == 0:
                words, is_value, is_header = [], False, False
        elif kind == "open" and not is_value and not words:
            is_header = True
        elif kind == "close" and is_header:
            if words:
                table = tuple(word[0].strip("\"'") for word in words)
                yield table, (words[0].start(), words[-1].end())
            words = []
        elif kind in {"open", "close"}:
            depth = max(depth + (1 if kind == "open" else -1), 0)
        elif kind == "equals" and not is_value and words:
            is_value = True
            yield (*table, *(word[0].strip("\"'") for word in words)), (words[0].start(), words[-1].end())
        elif kind in {"word", "string"} and not is_value:
            words.append(token)


def strings(value: object) -> list[str]:
    """The strings of a list, or the one string that stands in its place."""
    if isinstance(value, str):
        return [value]
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def table_of(value: object) -> dict[str, Any]:
    """The value if it is a table, else an empty one."""
    return value if isinstance(value, dict) else {}
