"""The vocabulary of repairs.

A ``Fixer`` is one file under ``ungil.fixers``: it turns a finding into a ``Repair``, or into a ``Decision`` that only
the maintainer can make. Its docstring is its documentation, its examples are its tests.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ungil.facts.model import Call, Facts
from ungil.finding import Finding
from ungil.source import Source
from ungil.syntax.functions import WrittenFunction
from ungil.syntax.statements import Statement
from ungil.syntax.unit import Unit

__all__ = ["Decision", "Edit", "Fixer", "Left", "Repair", "Repaired", "Site", "Tree", "Undecided", "Version"]

type Version = tuple[int, int]  # of Python: (3, 13)


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """Bytes ``start`` up to ``end`` of a file give way to ``text``, which is Latin-1: one character for each byte."""

    path: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """What to change in the text, all of it or nothing.

    Attributes:
        edits: none overlaps another.
        needs: the functions and macros of the C API that the new text uses and that older versions lack.
        check: what to look at before the change is trusted; empty if it preserves behaviour on every build.
    """

    edits: tuple[Edit, ...]
    needs: frozenset[str] = frozenset()
    check: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody has to decide before the code can be repaired: one sentence."""

    what: str


class Undecided(Exception):  # noqa: N818 - no error: a fixer's way to say that it is not its to decide
    """Raised inside a fixer; the driver makes a ``Decision`` of it.

    Args:
        what: one sentence: what has to be decided.
    """

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


@dataclass(frozen=True, slots=True)
class Repaired:
    """An example: code with a finding, and what the fixer makes of it. Both compile, on every build.

    Attributes:
        title: what it shows.
        before: the code as it is found.
        after: what becomes of it.
        path: its suffix says the language.
        needs_free_threading: that it compiles on a free-threaded build alone is what was found.
    """

    title: str
    before: str
    after: str
    path: str = "example.c"
    needs_free_threading: bool = False


@dataclass(frozen=True, slots=True)
class Left:
    """An example of code that is left as it is, with words of the decision that it asks for."""

    title: str
    code: str
    decision: str
    path: str = "example.c"


class Tree:
    """The files of a project as they stand in one round. May be used from several threads at once."""

    def __init__(self, sources: Mapping[str, Source], facts: Facts, min_python: Version) -> None:
        self.sources = sources
        self.facts = facts
        self.min_python = min_python
        self._files = {file.path: file for file in facts.files}
        self._units: dict[str, Unit] = {}
        self._kept: dict[Hashable, Any] = {}

    def unit(self, path: str) -> Unit:
        """A C or C++ file as it stands.

        Raises:
            Undecided: the front-end did not read it.
        """
        if path not in self._files:
            raise Undecided(f"'{path}' was not read as C or C++: change it by hand")
        if path not in self._units:
            self._units[path] = Unit(self.sources[path].data, self._files[path], self.facts.files)
        return self._units[path]

    def ends(self, path: str) -> list[int]:
        """Where the functions of a file end, in order; of what is no C or C++, there are none."""
        return self.unit(path).ends if path in self._files else []

    def once[Known](self, key: Hashable, work_out: Callable[[], Known]) -> Known:
        """What ``work_out`` returns, kept for all fixers that ask by this key. Two threads may both work it out."""
        if key not in self._kept:
            self._kept[key] = work_out()
        kept: Known = self._kept[key]
        return kept


@dataclass(frozen=True)
class Site:
    """Where a finding lies, as it stands in the text."""

    finding: Finding
    tree: Tree

    @property
    def path(self) -> str:
        """Of the file."""
        return self.finding.location.path

    @property
    def facts(self) -> Facts:
        """All that is known of the project."""
        return self.tree.facts

    @property
    def unit(self) -> Unit:
        """The file. Of what is neither C nor C++ there is none."""
        return self.tree.unit(self.path)

    @property
    def text(self) -> str:
        """The whole file, one character for each byte: also of what is neither C nor C++."""
        return self.tree.sources[self.path].data.decode("latin-1")

    @property
    def offset(self) -> int:
        """Of the finding."""
        where = self.finding.location
        lines = self.tree.sources[self.path].data.split(b"\n", where.line)[: where.line - 1]
        return sum(len(line) + 1 for line in lines) + where.column - 1

    @cached_property
    def word(self) -> int:
        """The index of the first word of the finding."""
        return self.unit.words.at(self.offset)

    @cached_property
    def function(self) -> WrittenFunction:
        """The function in which it lies.

        Raises:
            Undecided: it lies in none that was understood.
        """
        found = self.unit.function_at(self.offset)
        if found is None:
            raise Undecided("no function could be read around it: change it by hand")
        return found

    @cached_property
    def statement(self) -> Statement:
        """The innermost statement in which it lies.

        Raises:
            Undecided: it lies in none.
        """
        found = self.function.statement_at(self.word)
        if found is None:
            raise Undecided("no statement could be read around it: change it by hand")
        return found

    def call_at(self, word: int) -> Call | None:
        """What the facts know of a call, by the index of its name."""
        start = self.unit.words[word].start
        for call in self.function.facts.calls:
            if self.unit.text.offset(call.span.line, call.span.column) == start:
                return call
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixer:
    """One repair.

    Attributes:
        slug: names what it does: ``strong-list-item``; the name of its file.
        codes: of the rules whose findings it repairs.
        repair: makes the repair, or says what has to be decided; None where another fixer of the rule may know more.
        check: what to look at before its repairs are trusted; empty if they preserve behaviour on every build.
        claims: it says something of all the rest of the code, and waits until nothing else is found there.
        doc: its documentation: what it does first, then what it leaves.
        examples: at least one ``Repaired``, the most typical first.
    """

    slug: str
    codes: frozenset[str]
    repair: Callable[[Site], Repair | Decision | None]
    check: str = ""
    claims: bool = False
    doc: str
    examples: tuple[Repaired | Left, ...] = field(default=())

    @property
    def title(self) -> str:
        """The first line of the documentation, without its full stop."""
        return self.doc.strip().splitlines()[0].removesuffix(".")

    @property
    def summary(self) -> str:
        """The fixer in one sentence, as Markdown."""
        return f"{self.title}.".replace("``", "`")

    def section(self, heading: str) -> str:
        """The text under one heading of the documentation, as one paragraph of Markdown; empty if there is none."""
        body = re.search(rf"^{re.escape(heading)}\n((?:    .*\n|\n)+)", self.doc.strip() + "\n", re.MULTILINE)
        return " ".join(row.strip() for row in body[1].strip().splitlines()).replace("``", "`") if body else ""
