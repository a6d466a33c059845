"""One file as it stands: its text, its words, its functions."""

from __future__ import annotations

from functools import cached_property

from ungil import _scan
from ungil.syntax.functions import WrittenFunction
from ungil.syntax.text import Text
from ungil.syntax.words import Words

__all__ = ["Unit"]


class Unit:
    """One C or C++ file that the front-end has read. May be used from several threads at once."""

    def __init__(self, data: bytes, file: _scan.File) -> None:
        self.file = file
        self.text = Text(data, _scan.comments(file))

    @cached_property
    def words(self) -> Words:
        """Two threads may both work it out."""
        return Words(self.text, self.file)

    def function_at(self, offset: int) -> WrittenFunction | None:
        """The function in whose head or body a place lies."""
        word = self.words.at(offset)
        for function in self.file.functions:
            if _scan.head_words(function)[0] <= word <= _scan.body_words(function)[1]:
                return WrittenFunction(self.words, function)
        return None

    def function(self, name: str) -> WrittenFunction | None:
        """The one function of that name in the file."""
        found = [function for function in self.file.functions if function.name == name]
        return WrittenFunction(self.words, found[0]) if len(found) == 1 else None
