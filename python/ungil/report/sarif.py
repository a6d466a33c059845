"""An audit as SARIF 2.1.0, for code scanning services and editors.

Specification: docs.oasis-open.org/sarif/sarif/v2.1.0.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ungil import __version__
from ungil.audit import Audit
from ungil.audit.fingerprint import fingerprints
from ungil.description import Description
from ungil.finding import Finding
from ungil.lines import Lines
from ungil.report import page

__all__ = ["log", "render"]

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT = "PROJECTROOT"


def render(audit: Audit) -> str:
    """One run, with the catalogue of the rules that were applied."""
    return log(audit, _gaps(audit))


def log(audit: Audit, gaps: Iterable[str]) -> str:
    """The same, with notifications of these gaps."""
    notifications = [{"level": "note", "message": {"text": gap}} for gap in gaps]
    run: dict[str, Any] = {
        "tool": {"driver": _driver(audit.rules)},
        "columnKind": "utf16CodeUnits",
        "results": _results(audit),
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": notifications}],
    }
    if audit.project.root is not None:
        run["originalUriBaseIds"] = {_ROOT: {"uri": _folder_uri(audit.project.root)}}
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False) + "\n"


def _folder_uri(folder: Path) -> str:
    return folder.resolve().as_uri().rstrip("/") + "/"


def _driver(rules: tuple[Description, ...]) -> dict[str, Any]:
    return {"name": "ungil", "semanticVersion": __version__, "rules": [_rule(rule) for rule in rules]}


def _rule(rule: Description) -> dict[str, Any]:
    return {
        "id": rule.code,
        "name": rule.slug,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": page.section(rule, "What it finds")},
        "help": {"text": page.render(rule), "markdown": page.render(rule)},
        "defaultConfiguration": {"level": rule.severity},
    }


def _results(audit: Audit) -> list[dict[str, Any]]:
    lines = Lines(audit.project)
    index = {rule.code: number for number, rule in enumerate(audit.rules)}
    rows: list[tuple[Finding, str | None]] = [(finding, None) for finding in audit.findings]
    rows += [(one.finding, one.reason) for one in audit.suppressed]
    rows.sort(key=lambda row: (row[0].location, row[0].code, row[0].message))
    prints = fingerprints((finding for finding, _ in rows), lines)
    results = []
    for (finding, reason), fingerprint in zip(rows, prints, strict=True):
        result = {
            "ruleId": finding.code,
            "ruleIndex": index[finding.code],
            "level": finding.severity,
            "message": {"text": f"{finding.message}. Fix: {finding.fix}."},
            "locations": [{"physicalLocation": _location(finding, lines, relative=audit.project.root is not None)}],
            "partialFingerprints": {"lineText/v1": fingerprint},
            "properties": {"confidence": finding.confidence, "evidence": list(finding.evidence)},
        }
        if reason is not None:
            result["suppressions"] = [{"kind": "inSource", "justification": reason}]
        results.append(result)
    return results


def _location(finding: Finding, lines: Lines, *, relative: bool) -> dict[str, Any]:
    artifact = {"uri": quote(finding.location.path)}
    if finding.location.path.startswith("/"):  # what debug information names, outside the project
        artifact["uri"] = f"file://{artifact['uri']}"
    elif relative:
        artifact["uriBaseId"] = _ROOT
    where = finding.location
    region = {
        "startLine": where.line,
        "startColumn": _utf16_column(lines.line(where.path, where.line), where.column),
        "endLine": where.end_line,
        "endColumn": _utf16_column(lines.line(where.path, where.end_line), where.end_column),
    }
    return {"artifactLocation": artifact, "region": region}


def _utf16_column(line: bytes, column: int) -> int:
    """SARIF counts in UTF-16 code units, the front-end in bytes."""
    before = line[: column - 1].decode(errors="replace")
    return len(before.encode("utf-16-le")) // 2 + 1


def _gaps(audit: Audit) -> list[str]:
    notes = [(path, f"not understood in full: {reason}") for path, reason in audit.unread]
    notes += [(skipped.path, f"skipped: {skipped.reason}") for skipped in audit.project.skipped]
    return [f"{path}: {text}" for path, text in notes]
