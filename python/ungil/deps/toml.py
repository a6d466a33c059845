"""TOML files whose shape is known: what is missing or of another kind is an error that says where."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ungil.errors import SourceError

__all__ = ["Table", "package_lines", "read_table", "read_text"]

_LARGEST = 256 << 20  # bytes; the largest lock files have a fiftieth
_PACKAGE = re.compile(r"^\[\[packages?\]\]", re.MULTILINE)


def read_text(path: Path) -> str:
    """A file's text.

    Raises:
        SourceError: it is not there, cannot be read, is not text in UTF-8, or is larger than any such file.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise SourceError(f"'{path}' is larger than {_LARGEST >> 20} MiB.", "Name a lock or requirements file.")
        return path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise SourceError(f"'{path}' is not text in UTF-8: {error}.", "Convert it, or name another file.") from error
    except OSError as error:
        raise SourceError(
            f"'{path}' cannot be read: {error.strerror}.", "Check the path and its permissions."
        ) from error


def read_table(text: str, path: Path) -> Table:
    """A whole file as a table.

    Raises:
        SourceError: it is not TOML.
    """
    try:
        return Table(tomllib.loads(text), "")
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SourceError(f"'{path}' is not TOML: {error}.", "Repair it, or make it anew.") from error


def package_lines(text: str) -> list[int]:
    """The line of each package of a lock file, in their order, counted from 1."""
    lines, line, end = [], 1, 0
    for found in _PACKAGE.finditer(text):
        line += text.count("\n", end, found.start())
        end = found.start()
        lines.append(line)
    return lines


class Table:
    """A table, and where it stands. Whoever takes something out says what it has to be.

    Every method raises ``ValueError`` if what is there is something else.
    """

    def __init__(self, data: Mapping[str, Any], where: str) -> None:
        self.data = data
        self._where = where

    def __contains__(self, key: str) -> bool:
        """Whether it has this key."""
        return key in self.data

    def text(self, key: str) -> str:
        """A text that must be there."""
        value = self.optional_text(key)
        if value is None:
            raise ValueError(f"{self._where or 'it'} has no '{key}'")
        return value

    def optional_text(self, key: str) -> str | None:
        """A text, or None."""
        return self._typed(key, str, "a text")

    def flag(self, key: str) -> bool:
        """True or false; false if it is not there."""
        return self._typed(key, bool, "true or false") or False

    def number(self, key: str) -> int | None:
        """A whole number, or None."""
        return self._typed(key, int, "a number")

    def table(self, key: str) -> Table:
        """A table; an empty one if it is not there."""
        return Table(self._typed(key, dict, "a table") or {}, self._at(key))

    def tables(self, key: str) -> list[Table]:
        """A list of tables; an empty one if it is not there."""
        found = self._typed(key, list, "a list of tables") or []
        if not all(isinstance(one, dict) for one in found):
            raise ValueError(f"{self._at(key)} is not a list of tables")
        return [Table(one, f"{self._at(key)} {number}") for number, one in enumerate(found, 1)]

    def texts(self, key: str) -> list[str]:
        """A list of texts; an empty one if it is not there."""
        found = self._typed(key, list, "a list of texts") or []
        if not all(isinstance(one, str) for one in found):
            raise ValueError(f"{self._at(key)} is not a list of texts")
        return found

    def _typed[T](self, key: str, kind: type[T], words: str) -> T | None:
        value = self.data.get(key)
        if value is not None and not isinstance(value, kind):
            raise ValueError(f"{self._at(key)} is not {words}")
        return value

    def _at(self, key: str) -> str:
        return f"{self._where}: {key}" if self._where else key
