"""One file as it stands: its text, its words, its functions."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from functools import cached_property
from itertools import accumulate

from ungil import _scan
from ungil.syntax.functions import WrittenFunction
from ungil.syntax.text import Text
from ungil.syntax.words import Words

__all__ = ["Unit"]


class Unit:
    """One C or C++ file that the front-end has read. May be used from several threads at once.

    Args:
        data: its content.
        file: what the front-end knows of it.
        files: of its project, whose headers may define its macros.
    """

    def __init__(self, data: bytes, file: _scan.File, files: Sequence[_scan.File] = ()) -> None:
        self.file = file
        self.files = files or [file]
        self.text = Text(data, _scan.comments(file))
        self._written: dict[tuple[int, int], WrittenFunction] = {}

    @cached_property
    def words(self) -> Words:
        """Two threads may both work it out."""
        return Words(self.text, self.file)

    def written(self, function: _scan.Function) -> WrittenFunction:
        """A function of the file as it stands. Two threads may both work it out."""
        if function.key not in self._written:
            self._written[function.key] = WrittenFunction(self.words, function, self.files)
        return self._written[function.key]

    def function_at(self, offset: int) -> WrittenFunction | None:
        """The function in whose head or body a place lies."""
        at = bisect_right(self.ends, offset)
        if at == len(self.ends):
            return None
        written = self.written(self._functions[at])
        return written if self.words.start(written.head) <= offset else None

    @cached_property
    def _functions(self) -> list[_scan.Function]:
        return self.file.functions

    @cached_property
    def ends(self) -> list[int]:
        """Where each of its functions and all before it have ended."""
        return list(accumulate((_scan.body_bytes(function)[1] for function in self._functions), max))

    def function(self, name: str) -> WrittenFunction | None:
        """The one function of that name in the file."""
        found = [function for function in self.file.functions if function.name == name]
        return self.written(found[0]) if len(found) == 1 else None
