"""An audit as JSON, version 1: for scripts that want less than SARIF.

``audit.schema.json`` beside this file is its schema: what is added later is added to it, a change makes version 2.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from ungil.audit import Audit
from ungil.audit.fingerprint import fingerprints
from ungil.lines import Lines

__all__ = ["render"]

VERSION = 1


def render(audit: Audit) -> str:
    """One object: what was read, what was looked for, what was found."""
    prints = fingerprints(audit.findings, Lines(audit.project))
    report = {
        "version": VERSION,
        "project": audit.project.name,
        "level": audit.level,
        "read": _read(audit),
        "rules": [{"code": rule.code, "slug": rule.slug, "title": rule.title} for rule in audit.rules],
        "findings": [
            asdict(finding) | {"fingerprint": one} for finding, one in zip(audit.findings, prints, strict=True)
        ],
        "suppressed": [asdict(one.finding) | {"reason": one.reason} for one in audit.suppressed],
        "not_reported": {"hidden": audit.hidden, "baseline": audit.known, "unchanged": audit.unchanged},
        "baseline_gone": [asdict(entry) for entry in audit.gone],
    }
    return json.dumps(report, indent=2, ensure_ascii=False) + "\n"


def _read(audit: Audit) -> dict[str, Any]:
    return {
        "files": len(audit.project.sources),
        "lines": audit.lines,
        "functions": audit.functions,
        "modules": audit.modules,
        "not_understood": [{"path": path, "reason": reason} for path, reason in audit.unread],
        "skipped": [asdict(one) for one in audit.project.skipped],
    }
