"""Numbers in words, the same in every report that people read."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable

from ungil.audit import Audit
from ungil.finding import Finding, Severity
from ungil.source import Skipped

__all__ = ["count", "files_read", "levels", "not_reported", "skipped_by_reason"]


def count(number: int, noun: str) -> str:
    """``1 file``, ``1,234 files``; ``entry`` becomes ``entries``."""
    several = f"{noun[:-1]}ies" if noun.endswith("try") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else several}"


def levels(findings: Iterable[Finding]) -> str:
    """``2 errors, 1 note``: the levels that occur, most serious first."""
    counts = Counter(finding.severity for finding in findings)
    return ", ".join(count(counts[severity], severity) for severity in Severity if counts[severity])


def not_reported(audit: Audit) -> list[str]:
    """What was found and is not reported, and what would show it."""
    reasons = []
    if audit.hidden:
        reasons.append(f"{audit.hidden:,} below level {audit.level} (--level note shows them)")
    if audit.suppressed:
        reasons.append(f"{len(audit.suppressed):,} suppressed by comments")
    if audit.known:
        reasons.append(f"{audit.known:,} known from the baseline")
    if audit.unchanged:
        reasons.append(f"{audit.unchanged:,} on lines unchanged since {audit.since}")
    return reasons


def files_read(audit: Audit) -> str:
    """How much was read."""
    understood = f"{count(audit.functions, 'function')}, {count(audit.modules, 'module')}"
    share = f"{math.floor(audit.understood * 10_000) / 100:g} % of the code was understood"  # 100 only if all of it was
    return f"Read {count(len(audit.project.sources), 'file')}, {count(audit.lines, 'line')}, {understood}; {share}."


def skipped_by_reason(skipped: Iterable[Skipped]) -> list[tuple[str, list[str]]]:
    """The reasons not to read a file, most frequent first, each with its files."""
    paths: dict[str, list[str]] = {}
    for one in skipped:
        paths.setdefault(one.reason, []).append(one.path)
    return sorted(paths.items(), key=lambda pair: (-len(pair[1]), pair[0]))
