"""Wheels as SARIF 2.1.0: a finding's place is the wheel, or a file in it."""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import quote

from ungil.finding import Finding
from ungil.report.sarif import driver, log
from ungil.wheel.result import Checked

__all__ = ["render"]


def render(checked: Checked) -> str:
    """One run, with the catalogue of the rules that were applied, and what could not be looked at."""
    index = {rule.code: number for number, rule in enumerate(checked.rules)}
    notes = [
        {"level": "error", "message": {"text": f"{name}: {error.happened} {error.advice}"}}
        for name, error in checked.refused
    ]
    run: dict[str, Any] = {
        "tool": {"driver": driver(checked.rules)},
        "results": [_result(finding, index[finding.code]) for finding in checked.findings],
        "invocations": [{"executionSuccessful": not notes, "toolExecutionNotifications": notes}],
    }
    return log(run)


def _result(finding: Finding, index: int) -> dict[str, Any]:
    place = finding.location.path
    fingerprint = hashlib.sha256(f"{finding.code}\0{place}\0{finding.message}".encode()).hexdigest()[:16]
    return {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": finding.severity,
        "message": {"text": f"{finding.message}. Fix: {finding.fix}."},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": quote(place)}}}],
        "partialFingerprints": {"wheelFile/v1": fingerprint},
        "properties": {"confidence": finding.confidence, "evidence": list(finding.evidence)},
    }
