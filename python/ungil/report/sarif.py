"""An audit as SARIF 2.1.0, for code scanning services and editors.

Specification: docs.oasis-open.org/sarif/sarif/v2.1.0.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ungil.audit import Audit
from ungil.report import page
from ungil.rule import Finding, Rule
from ungil.source import Source

__all__ = ["render"]

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT = "PROJECTROOT"


def render(audit: Audit) -> str:
    """One run, with the catalogue of the rules that were applied."""
    run: dict[str, Any] = {
        "tool": {"driver": _driver(audit.rules)},
        "columnKind": "utf16CodeUnits",
        "results": _results(audit),
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": _notifications(audit)}],
    }
    if audit.project.root is not None:
        run["originalUriBaseIds"] = {_ROOT: {"uri": _folder_uri(audit.project.root)}}
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False) + "\n"


def _folder_uri(folder: Path) -> str:
    return folder.resolve().as_uri().rstrip("/") + "/"


def _driver(rules: tuple[Rule, ...]) -> dict[str, Any]:
    return {"name": "ungil", "semanticVersion": version("ungil"), "rules": [_rule(rule) for rule in rules]}


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.code,
        "name": rule.slug,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": page.section(rule, "What it finds")},
        "help": {"text": page.render(rule), "markdown": page.render(rule)},
        "defaultConfiguration": {"level": rule.severity},
    }


def _results(audit: Audit) -> list[dict[str, Any]]:
    sources = audit.project.by_path
    index = {rule.code: number for number, rule in enumerate(audit.rules)}
    prints: Counter[str] = Counter()
    results = []
    for finding in audit.findings:
        source = sources[finding.location.path]
        fingerprint = _fingerprint(finding, source)
        prints[fingerprint] += 1
        result = {
            "ruleId": finding.code,
            "ruleIndex": index[finding.code],
            "level": finding.severity,
            "message": {"text": f"{finding.message}. Fix: {finding.fix}."},
            "locations": [{"physicalLocation": _location(finding, source, relative=audit.project.root is not None)}],
            "partialFingerprints": {"lineText/v1": f"{fingerprint}:{prints[fingerprint]}"},
            "properties": {"confidence": finding.confidence, "evidence": list(finding.evidence)},
        }
        results.append(result)
    return results


def _location(finding: Finding, source: Source, *, relative: bool) -> dict[str, Any]:
    artifact = {"uri": quote(finding.location.path)}
    if relative:
        artifact["uriBaseId"] = _ROOT
    where = finding.location
    region = {
        "startLine": where.line,
        "startColumn": _utf16_column(source, where.line, where.column),
        "endLine": where.end_line,
        "endColumn": _utf16_column(source, where.end_line, where.end_column),
    }
    return {"artifactLocation": artifact, "region": region}


def _utf16_column(source: Source, line: int, column: int) -> int:
    """SARIF counts in UTF-16 code units, the front-end in bytes."""
    before = source.line(line)[: column - 1].decode(errors="replace")
    return len(before.encode("utf-16-le")) // 2 + 1


def _fingerprint(finding: Finding, source: Source) -> str:
    """Stays the same while lines above the finding come and go; equal lines are told apart by their order."""
    text = b" ".join(source.line(finding.location.line).split()).decode(errors="replace")
    return hashlib.sha256(f"{finding.code}\0{finding.location.path}\0{text}".encode()).hexdigest()


def _notifications(audit: Audit) -> list[dict[str, Any]]:
    notes = [(path, f"not understood in full: {reason}") for path, reason in audit.unread]
    notes += [(skipped.path, f"skipped: {skipped.reason}") for skipped in audit.project.skipped]
    return [{"level": "note", "message": {"text": f"{path}: {text}"}} for path, text in notes]
