"""The vocabulary of rules and of what they find.

A ``Finding`` is the one hub type: a static hazard, a crash under the hammer, a wheel without a declaration. A
``Rule`` is one file under ``ungil.rules``: its docstring is its documentation, its examples are its tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from ungil.facts.cython_model import CythonFile, Place
from ungil.facts.model import Facts, File, Span

__all__ = ["Bad", "Confidence", "Example", "Finding", "Good", "Location", "Rule", "Severity"]

_EXPECTED = "<--"  # in a comment, ends each line of a Bad example on which a finding is expected


class Severity(StrEnum):
    """What a finding means for the module, most serious first."""

    ERROR = "error"  # certain: the interpreter, or a run, would show it
    WARNING = "warning"  # likely: it holds unless something that cannot be seen here forbids it
    NOTE = "note"  # worth a look


class Confidence(StrEnum):
    """How sure the rule is that the place is what it takes it for."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in a source file. Lines and columns count from 1, a column is a byte; the end is exclusive."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was found.

    Attributes:
        code, slug: of the rule: ``UG101``, ``borrowed-list-item``.
        message: what happens, between which two threads.
        location: where.
        severity, confidence: how serious, how sure.
        evidence: what was seen that supports it, one fact each.
        fix: what to do, with the API's version.
    """

    code: str
    slug: str
    message: str
    location: Location
    severity: Severity
    confidence: Confidence
    evidence: tuple[str, ...] = ()
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Example:
    """A small source file that shows a hazard or its cure. The suffix of ``path`` says the language."""

    title: str
    code: str
    path: str = "example.c"

    @property
    def comment(self) -> str:
        """What begins a comment in its language."""
        return "#" if self.path.endswith((".pyx", ".pxd", ".pxi", ".toml")) else "//"

    @property
    def marker(self) -> str:
        """Ends each line on which a finding is expected."""
        return f"{self.comment} {_EXPECTED}"

    @property
    def expected_lines(self) -> list[int]:
        """The lines that carry the marker, counted from 1."""
        return [number for number, line in enumerate(self.code.splitlines(), 1) if line.rstrip().endswith(self.marker)]


class Bad(Example):
    """Unsafe code: the marked lines are exactly those with a finding."""


class Good(Example):
    """Code on which the rule stays silent: the idiomatic fix, or a look-alike that is no hazard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One hazard and how to see it.

    Attributes:
        code: ``UG101``; never reused.
        slug: names the hazard, so that "allow SLUG" reads well.
        severity: of its findings.
        check: yields the findings in a project's facts.
        doc: the module's docstring, under fixed headings.
        examples: at least one ``Bad`` and one ``Good``, the most typical first.
    """

    code: str
    slug: str
    severity: Severity
    check: Callable[[Facts], Iterator[Finding]]
    doc: str
    examples: tuple[Example, ...]

    @property
    def title(self) -> str:
        """The first line of the documentation, without its full stop."""
        return self.doc.strip().splitlines()[0].removesuffix(".")

    @property
    def bad(self) -> tuple[Example, ...]:
        """The unsafe examples."""
        return tuple(example for example in self.examples if isinstance(example, Bad))

    @property
    def good(self) -> tuple[Example, ...]:
        """The examples on which the rule stays silent."""
        return tuple(example for example in self.examples if isinstance(example, Good))

    def finding(  # noqa: PLR0913 - a finding has that many parts, and all are named
        self,
        file: File | CythonFile,
        span: Span | Place,
        message: str,
        *,
        fix: str,
        severity: Severity | None = None,
        confidence: Confidence = Confidence.HIGH,
        evidence: tuple[str, ...] = (),
    ) -> Finding:
        """A finding of this rule at a place in a file, of the rule's severity unless this one is less serious."""
        location = Location(file.path, span.line, span.column, span.end_line, span.end_column)
        return Finding(
            code=self.code,
            slug=self.slug,
            message=message,
            location=location,
            severity=severity or self.severity,
            confidence=confidence,
            evidence=evidence,
            fix=fix,
        )
