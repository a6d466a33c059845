"""Dependencies as SARIF 2.1.0: a finding's place is the line that names the package."""

from __future__ import annotations

import hashlib
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from ungil.deps.check import Checked
from ungil.finding import Finding
from ungil.report.sarif import driver, log

__all__ = ["render"]


def render(checked: Checked) -> str:
    """One run, with the catalogue of the rules that were applied, and what nothing is known of."""
    index = {rule.code: number for number, rule in enumerate(checked.rules)}
    notes = [
        {"level": "error", "message": {"text": f"{', '.join(names)}: {error.happened} {error.advice}"}}
        for error, names in checked.failures.values()
    ]
    run: dict[str, Any] = {
        "tool": {"driver": driver(checked.rules)},
        "results": [_result(finding, index[finding.code]) for finding in checked.findings],
        "invocations": [{"executionSuccessful": not notes, "toolExecutionNotifications": notes}],
    }
    return log(run)


def _result(finding: Finding, index: int) -> dict[str, Any]:
    """One finding. Its fingerprint is that of what is said, since lines of a lock file come and go."""
    place = finding.location
    fingerprint = hashlib.sha256(f"{finding.code}\0{place.path}\0{finding.message}".encode()).hexdigest()[:16]
    where = {
        "artifactLocation": {"uri": quote(PurePath(place.path).as_posix())},
        "region": {"startLine": place.line},
    }
    return {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": finding.severity,
        "message": {"text": f"{finding.message}. Fix: {finding.fix}."},
        "locations": [{"physicalLocation": where}],
        "partialFingerprints": {"dependency/v1": fingerprint},
        "properties": {"confidence": finding.confidence, "evidence": list(finding.evidence)},
    }
