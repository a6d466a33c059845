"""An audit as Markdown: a summary for a pull request, the most serious findings first."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from ungil.audit import Audit
from ungil.finding import Finding, Severity
from ungil.report.counting import count, files_read, levels, not_reported, skipped_by_reason
from ungil.report.terminal import printable

__all__ = ["code", "fenced", "plain", "render", "table"]

_ROWS = 100  # findings in the table: a comment on GitHub holds 65,536 characters


def render(audit: Audit) -> str:
    """A heading with the verdict, a table of findings, what was read."""
    parts = [f"## ungil audit: {_verdict(audit)}"]
    parts += table(audit.findings, lambda one: f"{one.location.path}:{one.location.line}")
    reasons = not_reported(audit)
    if reasons:
        parts.append(f"Not reported: {plain(', '.join(reasons))}.")
    if audit.gone:
        parts.append(f"{count(len(audit.gone), 'entry')} of the baseline no longer occur.")
    skipped = [
        f"{count(len(paths), 'file')} {plain(reason)}" for reason, paths in skipped_by_reason(audit.project.skipped)
    ]
    parts.append(files_read(audit) + (f" Skipped: {'; '.join(skipped)}." if skipped else ""))
    return "\n\n".join(parts) + "\n"


def _verdict(audit: Audit) -> str:
    if not audit.project.sources:
        return "nothing to read"
    return f"{levels(audit.findings)}" if audit.findings else f"no findings by {len(audit.rules)} rules"


def table(findings: Iterable[Finding], place: Callable[[Finding], str]) -> list[str]:
    """The findings, most serious first, and how many more there are; ``place`` says where one is."""
    order = list(Severity)
    found = sorted(findings, key=lambda f: (order.index(f.severity), f.location, f.code))
    if not found:
        return []
    rows = ["| level | rule | place | what happens, and the fix |", "|---|---|---|---|"]
    rows += [_row(finding, code(place(finding))) for finding in found[:_ROWS]]
    more = [f"And {len(found) - _ROWS:,} more."] if len(found) > _ROWS else []
    return ["\n".join(rows), *more]


def _row(finding: Finding, place: str) -> str:
    said = f"{plain(finding.message)}.<br>Fix: {plain(finding.fix)}."
    return f"| {finding.severity} | {finding.slug} ({finding.code}) | {place} | {said} |"


def plain(text: str) -> str:
    """Characters that mean something to Markdown or HTML stand for themselves, and a mention notifies nobody."""
    escaped = re.sub(r"([\\`*_{}\[\]<>#|~$!])", r"\\\1", printable(text).replace("&", "&amp;"))
    return escaped.replace("@", "@\u200b")


def code(text: str) -> str:
    """Inline code, fenced by more backticks than it holds."""
    shown = printable(text).replace("|", "\\|")
    longest = _longest(shown)
    fence = "`" * (longest + 1)
    pad = " " if longest else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def fenced(inside: str, language: str) -> str:
    """A block of code, fenced by more backticks than it holds."""
    fence = "`" * max(3, _longest(inside) + 1)
    shown = "\n".join(printable(line) for line in inside.splitlines())
    return f"{fence}{language}\n{shown}\n{fence}"


def _longest(text: str) -> int:
    """The most backticks in a row."""
    return max(map(len, re.findall("`+", text)), default=0)
