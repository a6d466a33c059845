"""A finding: the one hub type.

A static hazard, a crash under the hammer, a wheel without a declaration: each is a ``Finding``, so that there is one
set of reports, one way to suppress, one baseline. Nothing here needs the front-ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Confidence", "Finding", "Location", "Severity"]


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
