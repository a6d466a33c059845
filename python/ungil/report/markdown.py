"""An audit as Markdown: a summary for a pull request, the most serious findings first."""

from __future__ import annotations

import re

from ungil.audit import Audit
from ungil.finding import Finding, Severity
from ungil.report.counting import count, files_read, levels, not_reported, skipped_by_reason
from ungil.report.terminal import printable

__all__ = ["code", "render", "text"]

_ROWS = 100  # findings in the table: a comment on GitHub holds 65,536 characters


def render(audit: Audit) -> str:
    """A heading with the verdict, a table of findings, what was read."""
    order = list(Severity)
    findings = sorted(audit.findings, key=lambda f: (order.index(f.severity), f.location, f.code))
    parts = [f"## ungil audit: {_verdict(audit)}"]
    if findings:
        rows = ["| level | rule | place | what happens, and the fix |", "|---|---|---|---|"]
        rows += [_row(finding) for finding in findings[:_ROWS]]
        parts.append("\n".join(rows))
        if len(findings) > _ROWS:
            parts.append(f"And {len(findings) - _ROWS:,} more.")
    reasons = not_reported(audit)
    if reasons:
        parts.append(f"Not reported: {text(', '.join(reasons))}.")
    if audit.gone:
        parts.append(f"{count(len(audit.gone), 'entry')} of the baseline no longer occur.")
    skipped = [
        f"{count(len(paths), 'file')} {text(reason)}" for reason, paths in skipped_by_reason(audit.project.skipped)
    ]
    parts.append(files_read(audit) + (f" Skipped: {'; '.join(skipped)}." if skipped else ""))
    return "\n\n".join(parts) + "\n"


def _verdict(audit: Audit) -> str:
    if not audit.project.sources:
        return "nothing to read"
    return f"{levels(audit.findings)}" if audit.findings else f"no findings by {len(audit.rules)} rules"


def _row(finding: Finding) -> str:
    place = code(f"{finding.location.path}:{finding.location.line}")
    said = f"{text(finding.message)}.<br>Fix: {text(finding.fix)}."
    return f"| {finding.severity} | {finding.slug} ({finding.code}) | {place} | {said} |"


def text(plain: str) -> str:
    """Characters that mean something to Markdown or HTML stand for themselves, and a mention notifies nobody."""
    escaped = re.sub(r"([\\`*_{}\[\]<>#|~$!])", r"\\\1", printable(plain).replace("&", "&amp;"))
    return escaped.replace("@", "@\u200b")


def code(shown: str) -> str:
    """Inline code, fenced by more backticks than it holds."""
    shown = printable(shown).replace("|", "\\|")
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if longest else ""
    return f"{fence}{pad}{shown}{pad}{fence}"
