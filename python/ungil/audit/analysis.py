"""What the front-ends and the rules made of a project: everything that is known before anybody says what to report."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from ungil.description import Bad, Description, Example, Good
from ungil.finding import Confidence, Finding, Location, Severity

__all__ = ["Analysis", "Remark", "from_json", "to_json"]


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment that speaks to ungil."""

    location: Location
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """Every finding of every rule that was applied, and what was read.

    Attributes:
        rules: what was looked for.
        findings: what was found, by place.
        remarks: the comments in which ``ungil:`` stands.
        modules: how many extension modules were found and followed to the place that makes them.
        functions: how many function bodies were understood.
        lines: how many lines were read.
        understood: the share of the tokens that were, among those that a free-threaded build may compile.
        unread: per file, why part of it was not understood.
    """

    rules: tuple[Description, ...]
    findings: tuple[Finding, ...]
    remarks: tuple[Remark, ...]
    modules: int
    functions: int
    lines: int
    understood: float
    unread: tuple[tuple[str, str], ...]


def to_json(analysis: Analysis) -> dict[str, Any]:
    """The analysis in what JSON has."""
    plain = {name: getattr(analysis, name) for name in ("modules", "functions", "lines", "understood", "unread")}
    plain["findings"] = [asdict(finding) for finding in analysis.findings]
    plain["remarks"] = [asdict(remark) for remark in analysis.remarks]
    plain["rules"] = [_described(rule) for rule in analysis.rules]
    return plain


def from_json(plain: dict[str, Any]) -> Analysis:
    """What ``to_json`` was given.

    Raises:
        KeyError, TypeError, ValueError: it was not made by this version of ``to_json``.
    """
    return Analysis(
        rules=tuple(_description(rule) for rule in plain["rules"]),
        findings=tuple(_finding(finding) for finding in plain["findings"]),
        remarks=tuple(Remark(Location(**one["location"]), one["text"]) for one in plain["remarks"]),
        modules=plain["modules"],
        functions=plain["functions"],
        lines=plain["lines"],
        understood=plain["understood"],
        unread=tuple((path, reason) for path, reason in plain["unread"]),
    )


def _finding(plain: dict[str, Any]) -> Finding:
    return Finding(
        **plain
        | {
            "location": Location(**plain["location"]),
            "severity": Severity(plain["severity"]),
            "confidence": Confidence(plain["confidence"]),
            "evidence": tuple(plain["evidence"]),
        }
    )


def _described(rule: Description) -> dict[str, Any]:
    examples = [[type(one).__name__, one.title, one.code, one.path, one.beside] for one in rule.examples]
    return {"code": rule.code, "slug": rule.slug, "severity": rule.severity, "doc": rule.doc, "examples": examples}


def _description(plain: dict[str, Any]) -> Description:
    kinds: dict[str, type[Example]] = {"Bad": Bad, "Good": Good}
    examples = tuple(
        kinds[kind](title, code, path, tuple((name, text) for name, text in beside))
        for kind, title, code, path, beside in plain["examples"]
    )
    return Description(**plain | {"severity": Severity(plain["severity"]), "examples": examples})
