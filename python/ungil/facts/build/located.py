"""A file of the build as text: places, and the same text without comments."""

from __future__ import annotations

import re
from functools import cached_property

from ungil.facts.ci.model import Spot
from ungil.facts.cython.build import cython_file
from ungil.facts.cython.model import Place
from ungil.source import Source

__all__ = ["Text"]

_COMMENT = re.compile(r"(?m)(?:^|(?<=[ \t]))#[^\n]*")


class Text:
    """One file. A character is a byte, so that columns count bytes."""

    def __init__(self, source: Source) -> None:
        self.path = source.path
        self.all = source.data.decode("latin-1")
        self.file = cython_file(source)

    @cached_property
    def plain(self) -> str:
        """The text with blanks in the place of comments."""
        return _COMMENT.sub(lambda match: " " * len(match[0]), self.all)

    def spot(self, start: int, end: int) -> Spot:
        """What stands from one offset to another: of several lines, the first."""
        line = self.all.count("\n", 0, start) + 1
        begin = self.all.rfind("\n", 0, start) + 1
        stop = self.all.find("\n", start)
        end = min(end, stop if stop >= 0 else len(self.all))
        return Spot(self.file, Place(line, start - begin + 1, line, max(end, start) - begin + 1))

    def line_at(self, offset: int) -> str:
        """The line around an offset, without comments."""
        begin = self.plain.rfind("\n", 0, offset) + 1
        stop = self.plain.find("\n", offset)
        return self.plain[begin : stop if stop >= 0 else len(self.plain)].strip()

    def rest_of_line(self, offset: int) -> str:
        """What stands behind an offset, comments too."""
        stop = self.all.find("\n", offset)
        return self.all[offset : stop if stop >= 0 else len(self.all)]
