"""Repairs as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from ungil.codemod.run import Outcome
from ungil.finding import Finding

__all__ = ["render"]


def render(outcome: Outcome, *, wrote: bool) -> str:
    """One object: what was repaired, what went with it, what was left, the numbers before and after."""
    plain = {
        "version": 1,
        "written": wrote,
        "files": list(outcome.changed),
        "found": {"before": len(outcome.before.audit.findings), "after": len(outcome.after.audit.findings)},
        "repaired": [
            {**_finding(one.finding), "fixer": one.fixer.slug, "check": one.check or None} for one in outcome.fixed
        ],
        "gone": [
            {"code": one.code, "slug": one.slug, "path": one.location.path, "line": one.location.line}
            for one in outcome.gone
        ],
        "left": [
            {
                **_finding(one.finding),
                "decide": one.decision or None,
                "unsafe_fixer": one.unsafe.slug if one.unsafe is not None else None,
            }
            for one in outcome.left
        ],
    }
    return json.dumps(plain, indent=2, ensure_ascii=False) + "\n"


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "slug": finding.slug,
        "severity": finding.severity,
        "message": finding.message,
        "location": asdict(finding.location),
    }
