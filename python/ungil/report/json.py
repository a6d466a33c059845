"""An audit as JSON, version 1: for scripts that want less than SARIF."""

from __future__ import annotations

import json
from dataclasses import asdict

from ungil.audit import Audit

__all__ = ["render"]

VERSION = 1


def render(audit: Audit) -> str:
    """One object: what was read, what was looked for, what was found."""
    report = {
        "version": VERSION,
        "project": audit.project.name,
        "read": {
            "files": len(audit.project.sources),
            "lines": audit.lines,
            "functions": audit.functions,
            "modules": audit.modules,
            "not_understood": [{"path": path, "reason": reason} for path, reason in audit.unread],
            "skipped": [asdict(one) for one in audit.project.skipped],
        },
        "rules": [{"code": rule.code, "slug": rule.slug, "title": rule.title} for rule in audit.rules],
        "findings": [asdict(finding) for finding in audit.findings],
    }
    return json.dumps(report, indent=2, ensure_ascii=False) + "\n"
