"""The vocabulary of rules.

A ``Rule`` is one file under ``ungil.rules``: its docstring is its documentation, its examples are its tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ungil.description import Bad, Description, Example, Good
from ungil.facts.cython.model import CythonFile, Place
from ungil.facts.model import Facts, File, Span
from ungil.facts.python.model import PyFile
from ungil.finding import Confidence, Finding, Location, Severity

__all__ = ["Bad", "Confidence", "Example", "Finding", "Good", "Location", "Rule", "Severity"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Description):
    """One hazard and how to see it.

    Attributes:
        check: yields the findings in a project's facts.
    """

    check: Callable[[Facts], Iterator[Finding]]

    def finding(  # noqa: PLR0913 - a finding has that many parts, and all are named
        self,
        file: File | CythonFile | PyFile,
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
