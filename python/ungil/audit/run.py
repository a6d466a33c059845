"""Reads the sources and applies the rules: the part of an audit that takes time."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from ungil.audit.analysis import Analysis, Remark
from ungil.ci_files import is_ci
from ungil.facts.build import read as build
from ungil.facts.ci import read as ci
from ungil.facts.cython import read as cython
from ungil.facts.model import Facts
from ungil.facts.native import read as c
from ungil.facts.packaging import read as packaging
from ungil.facts.python import read as python
from ungil.finding import Finding, Location
from ungil.rule import Rule
from ungil.source import Language, Project, Source

__all__ = ["Reader", "analyse", "apply", "remarks"]

_NATIVE = {Language.C, Language.CXX}
_HASHED = {Language.CYTHON, Language.PYTHON, Language.BUILD}  # comments begin with #
ADDRESS = "ungil:"
"""What a comment that speaks to ungil contains."""


# A comment, or a string that may hold what looks like one.
_HASH = re.compile(
    rb'(?P<comment>#[^\r\n]*)|(?P<quotes>"""|\'\'\')(?:\\.|.)*?(?P=quotes)|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'',
    re.DOTALL,
)


def analyse(project: Project, rules: Sequence[Rule], report: Callable[[str], None] = lambda _: None) -> Analysis:
    """Applies rules to a project. May be called from several threads at once.

    Args:
        project: what to read.
        rules: what to look for.
        report: is told what is being done.
    """
    report(f"reading {len(project.sources):,} files")
    return apply(project, Reader().read(project), rules, report)


def apply(
    project: Project, facts: Facts, rules: Sequence[Rule], report: Callable[[str], None] = lambda _: None
) -> Analysis:
    """Applies rules to the facts that a ``Reader`` found in a project. May be called from several threads at once."""
    findings: list[Finding] = []
    for number, rule in enumerate(rules, 1):
        report(f"rule {number} of {len(rules)}: {rule.slug}")
        findings += rule.check(facts)
    hashed = [file for file in project.by_path.values() if file.language in _HASHED]
    return Analysis(
        rules=tuple(rules),
        findings=tuple(sorted(findings, key=lambda f: (f.location, f.code, f.message))),
        remarks=(*_remarks(facts), *(one for file in hashed for one in _remarks_behind_hashes(file))),
        modules=len(facts.modules) + len(facts.cython.modules),
        functions=sum(len(file.functions) for file in facts.files)
        + len(facts.cython.functions)
        + len(facts.python.functions),
        lines=sum(file.lines for file in facts.files)
        + sum(file.lines for file in facts.cython.files)
        + sum(file.lines for file in facts.python.files),
        understood=_understood(facts),
        unread=tuple(_unread(facts)),
    )


class Reader:
    """Reads projects of which each is the last one with changes. Not for several threads at once.

    Each front-end joins what it finds over all files that it reads. So one is asked again as soon as any of these
    changed, and else not: what a repair does to a C file says nothing new about Python.
    """

    def __init__(self) -> None:
        self._known: dict[Callable[..., Any], tuple[tuple[Sequence[Source], ...], Any]] = {}

    def read(self, project: Project) -> Facts:
        """What the front-ends know of a project."""
        written = [source for source in project.sources if source.language is Language.CYTHON]
        native = [source for source in project.sources if source.language in _NATIVE]
        plain = [source for source in project.sources if source.language is Language.PYTHON]
        building = [source for source in project.build_files if not is_ci(source.path)]
        return replace(
            self._ask(c.read, native),
            cython=self._ask(cython.read, written, building),
            build=self._ask(build.read, building),
            python=self._ask(python.read, plain, building),
            ci=self._ask(ci.read, project.build_files, project.tests),
            packaging=self._ask(packaging.read, project.build_files),
        )

    def _ask[Found](self, front_end: Callable[..., Found], *sources: Sequence[Source]) -> Found:
        if front_end not in self._known or self._known[front_end][0] != sources:
            self._known[front_end] = (sources, front_end(*sources))
        found: Found = self._known[front_end][1]
        return found


def _understood(facts: Facts) -> float:
    there = sum(file.tokens + file.unread_tokens for file in facts.files)
    lost = sum(file.unread_tokens + file.unclear_tokens for file in facts.files)
    return 1 - lost / there if there else 1.0


def remarks(sources: Sequence[Source]) -> tuple[Remark, ...]:
    """The comments in these files that speak to ungil. May be called from several threads at once."""
    native = [source for source in sources if source.language in _NATIVE]
    hashed = [source for source in sources if source.language in _HASHED]
    return (*_remarks(c.read(native)), *(one for file in hashed for one in _remarks_behind_hashes(file)))


def _remarks(facts: Facts) -> list[Remark]:
    remarks = []
    for file, comment in facts.comments_with({ADDRESS}):
        span = comment.span
        place = Location(file.path, span.line, span.column, span.end_line, span.end_column)
        remarks.append(Remark(place, comment.text))
    return remarks


def _remarks_behind_hashes(source: Source) -> list[Remark]:
    """Those of Cython and of build files, whose comments begin with ``#``."""
    if ADDRESS.encode() not in source.data.lower():
        return []
    remarks = []
    for match in _HASH.finditer(source.data):
        comment = match["comment"]
        if comment is not None and ADDRESS.encode() in comment.lower():
            line = source.data.count(b"\n", 0, match.start()) + 1
            column = match.start() - source.data.rfind(b"\n", 0, match.start())
            place = Location(source.path, line, column, line, column + len(comment))
            remarks.append(Remark(place, comment.decode(errors="replace")))
    return remarks


def _unread(facts: Facts) -> list[tuple[str, str]]:
    notes = [*facts.cython.unread, *facts.python.unread, *dict.fromkeys((*facts.ci.unread, *facts.packaging.unread))]
    for file in facts.files:
        if file.unterminated:
            notes.append((file.path, f"literals or comments that never end: {file.unterminated}"))
        if file.lone_brackets:
            notes.append((file.path, f"brackets without a partner: {file.lone_brackets}"))
        if file.unclear_braces:
            what = f"braces at file scope that were not recognised: {file.unclear_braces}"
            notes.append((file.path, f"{what}, with {file.unclear_tokens} tokens inside"))
        if file.unread_tokens * 20 > file.tokens:
            notes.append((file.path, f"tokens in preprocessor alternatives that were not read: {file.unread_tokens}"))
    return notes
