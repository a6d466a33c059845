"""An audit as text: each finding with its line of source, a caret under the place, the evidence and the fix."""

from __future__ import annotations

import math
import textwrap
from collections import Counter

from ungil.audit import Audit
from ungil.report.terminal import Style, printable
from ungil.rule import Finding, Severity
from ungil.source import Source

__all__ = ["render"]

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "blue"}
_WIDTH = 110  # of explanations; source lines are cut to it, around the place
_NAMED = 5  # files not read, or not read in full, that are named one by one


def render(audit: Audit, style: Style) -> str:
    """The whole report, findings first, what was read last."""
    sources = audit.project.by_path
    blocks = [_finding(finding, sources[finding.location.path], _prefix(audit), style) for finding in audit.findings]
    return "\n\n".join([*blocks, _summary(audit, style)]) + "\n"


def _prefix(audit: Audit) -> str:
    """What turns a path in the project into one that an editor opens from here."""
    root = audit.project.root
    return f"{root.as_posix()}/" if root is not None and root.as_posix() != "." else ""


def _finding(finding: Finding, source: Source, prefix: str, style: Style) -> str:
    place = f"{prefix}{finding.location.path}:{finding.location.line}:{finding.location.column}"
    severity = style(_COLOURS[finding.severity], finding.severity)
    rows = [f"{style('bold', printable(place))}: {severity}: {style('bold', finding.slug)} ({finding.code})"]
    rows += _excerpt(finding, source, style)
    rows += _paragraph("", finding.message)
    rows += [row for fact in finding.evidence for row in _paragraph("seen: ", fact)]
    rows += _paragraph("fix:  ", finding.fix)
    return "\n".join(rows)


def _excerpt(finding: Finding, source: Source, style: Style) -> list[str]:
    where = finding.location
    raw = source.line(where.line)
    line = printable(raw.decode(errors="replace"))
    column = len(raw[: where.column - 1].decode(errors="replace"))
    last = where.end_column if where.end_line == where.line else len(raw) + 1
    width = max(1, len(raw[where.column - 1 : last - 1].decode(errors="replace")))
    start = max(0, column - _WIDTH // 2) if len(line) > _WIDTH else 0
    shown = line[start : start + _WIDTH]
    number = f"{where.line:>5}"
    caret = " " * (column - start) + style(_COLOURS[finding.severity], "^" * min(width, _WIDTH))
    return [f"{number} {style('dim', '|')} {shown}", f"{' ' * len(number)} {style('dim', '|')} {caret}"]


def _paragraph(label: str, text: str) -> list[str]:
    indent = " " * 8
    return textwrap.wrap(
        printable(text),
        _WIDTH,
        initial_indent=indent + label,
        subsequent_indent=indent + " " * len(label),
        break_on_hyphens=False,
    )


def _summary(audit: Audit, style: Style) -> str:
    rows = [_verdict(audit, style), _read(audit)]
    rows += _named("Not understood in full:", list(audit.unread))
    rows += _named("Skipped", [(one.path, one.reason) for one in audit.project.skipped])
    return "\n".join(rows)


def _verdict(audit: Audit, style: Style) -> str:
    if not audit.findings:
        head = style("green", "No findings.")
        return f"{head} That is what {len(audit.rules)} rules looked for; it does not prove that there are no races."
    counts = Counter(finding.severity for finding in audit.findings)
    kinds = ", ".join(_count(counts[severity], severity) for severity in Severity if counts[severity])
    files = len({finding.location.path for finding in audit.findings})
    return f"{style('bold', _count(len(audit.findings), 'finding'))} ({kinds}) in {_count(files, 'file')}."


def _read(audit: Audit) -> str:
    files = _count(len(audit.project.sources), "file")
    understood = f"{_count(audit.functions, 'function')}, {_count(audit.modules, 'module')}"
    share = f"{math.floor(audit.understood * 10_000) / 100:g} % of the code was understood"  # 100 only if all of it was
    return f"Read {files}, {_count(audit.lines, 'line')}, {understood}; {share}."


def _named(what: str, files: list[tuple[str, str]]) -> list[str]:
    rows = [f"{what} {printable(path)}: {why}." for path, why in files[:_NAMED]]
    return [*rows, f"{what} {len(files) - _NAMED:,} more."] if len(files) > _NAMED else rows


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
