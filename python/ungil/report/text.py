"""An audit as text: each finding with its line of source, a caret under the place, the evidence and the fix."""

from __future__ import annotations

import textwrap

from ungil.audit import Audit
from ungil.finding import Finding, Severity
from ungil.lines import Lines
from ungil.report.counting import count, files_read, levels, not_reported, skipped_by_reason
from ungil.report.terminal import Style, printable

__all__ = ["COLOURS", "details", "finding_block", "paragraph", "prefix", "render"]

COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "blue"}
_NAMED = 5  # files not read in full, reasons, entries: so many are named one by one


def render(audit: Audit, style: Style) -> str:
    """The whole report, findings first, what was read last."""
    lines = Lines(audit.project)
    blocks = [finding_block(finding, lines, prefix(audit), style) for finding in audit.findings]
    return "\n\n".join([*blocks, _summary(audit, style)]) + "\n"


def prefix(audit: Audit) -> str:
    """What turns a path in the project into one that an editor opens from here."""
    root = audit.project.root
    return f"{root.as_posix()}/" if root is not None and root.as_posix() != "." else ""


def finding_block(finding: Finding, lines: Lines, before: str, style: Style) -> str:
    """One finding; ``before`` stands before its path."""
    where = finding.location
    place = f"{'' if where.path.startswith('/') else before}{where.path}:{where.line}:{where.column}"
    severity = style(COLOURS[finding.severity], finding.severity)
    rows = [f"{style('bold', printable(place))}: {severity}: {style('bold', finding.slug)} ({finding.code})"]
    rows += _excerpt(finding, lines, style) if lines.line(finding.location.path, finding.location.line) else []
    return "\n".join([*rows, *details(finding, style)])


def details(finding: Finding, style: Style) -> list[str]:
    """What happens, what was seen, what to do."""
    rows = paragraph("", finding.message, style.width)
    rows += [row for fact in finding.evidence for row in paragraph("seen: ", fact, style.width)]
    return rows + paragraph("fix:  ", finding.fix, style.width)


def _excerpt(finding: Finding, lines: Lines, style: Style) -> list[str]:
    where = finding.location
    raw = lines.line(where.path, where.line)
    line = printable(raw.decode(errors="replace"))
    column = len(raw[: where.column - 1].decode(errors="replace"))
    last = where.end_column if where.end_line == where.line else len(raw) + 1
    width = max(1, len(raw[where.column - 1 : last - 1].decode(errors="replace")))
    number = f"{where.line:>5}"
    room = max(20, style.width - len(number) - 3)
    start = max(0, column - room // 2) if len(line) > room else 0
    shown = line[start : start + room]
    caret = " " * (column - start) + style(COLOURS[finding.severity], "^" * max(1, min(width, room - column + start)))
    return [f"{number} {style('dim', '|')} {shown}", f"{' ' * len(number)} {style('dim', '|')} {caret}"]


def paragraph(label: str, text: str, width: int) -> list[str]:
    """The rows of a text, indented, behind a label on the first."""
    indent = " " * 8
    return textwrap.wrap(
        printable(text),
        width,
        initial_indent=indent + label,
        subsequent_indent=indent + " " * len(label),
        break_on_hyphens=False,
    )


def _summary(audit: Audit, style: Style) -> str:
    rows = [_verdict(audit, style)]
    reasons = not_reported(audit)
    if reasons:
        rows.append(f"Not reported: {', '.join(reasons)}.")
    if audit.gone:
        rows.append(f"{count(len(audit.gone), 'entry')} of the baseline no longer occur; --write-baseline drops them:")
        rows += [f"  {printable(entry.path)}: {entry.code}" for entry in audit.gone[:_NAMED]]
        rows += [f"  and {len(audit.gone) - _NAMED:,} more"] if len(audit.gone) > _NAMED else []
    rows.append(files_read(audit))
    rows += _unread(audit)
    rows += _skipped(audit)
    return "\n".join(rows)


def _verdict(audit: Audit, style: Style) -> str:
    if not audit.findings and not audit.project.sources:
        return f"{style('yellow', 'Nothing was audited:')} there is no C, C++, Cython or Python source to read."
    if not audit.findings:
        head = style("green", "No findings.")
        return f"{head} That is what {len(audit.rules)} rules looked for; it does not prove that there are no races."
    files = len({finding.location.path for finding in audit.findings})
    found = style("bold", count(len(audit.findings), "finding"))
    return f"{found} ({levels(audit.findings)}) in {count(files, 'file')}."


def _unread(audit: Audit) -> list[str]:
    rows = [f"Not understood in full: {printable(path)}: {why}." for path, why in audit.unread[:_NAMED]]
    more = len(audit.unread) - _NAMED
    return [*rows, f"Not understood in full: {more:,} more."] if more > 0 else rows


def _skipped(audit: Audit) -> list[str]:
    reasons = skipped_by_reason(audit.project.skipped)
    rows = [
        f"Skipped {printable(paths[0]) if len(paths) == 1 else count(len(paths), 'file')}: {printable(reason)}"
        f"{_way_to_read(reason)}."
        for reason, paths in reasons[:_NAMED]
    ]
    more = sum(len(paths) for _, paths in reasons[_NAMED:])
    return [*rows, f"Skipped {count(more, 'more file')}."] if more else rows


def _way_to_read(reason: str) -> str:
    """The option by which files that were skipped for this reason are read."""
    if reason.startswith("generated"):
        return " (--generated reads it)"
    return " (--vendored reads it)" if reason.startswith("bundled") else ""
