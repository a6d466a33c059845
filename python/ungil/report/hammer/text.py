"""A hunt as text: the findings first, the most serious first; then what was driven, what never was, and how."""

from __future__ import annotations

from collections.abc import Iterator

from ungil.finding import Finding
from ungil.lines import Lines
from ungil.report.counting import count, levels, not_reported
from ungil.report.hammer.driven import Drive, by_reason, drives, gaps, how, limits
from ungil.report.terminal import Style
from ungil.report.text import finding_block, paragraph, prefix
from ungil.stress.hammer.findings.conclusion import Conclusion

__all__ = ["render"]

REASONS = 8
"""Reasons for gaps that are named one by one."""

NAMES = 12
"""What a reason holds for, likewise."""


def render(conclusion: Conclusion, style: Style) -> str:
    """The whole report."""
    lines = Lines(conclusion.audit.project)
    before = prefix(conclusion.audit)
    blocks = [finding_block(finding, lines, before, style) for finding in _findings(conclusion)]
    return "\n\n".join([*blocks, "\n".join(_summary(conclusion, style))]) + "\n"


def _findings(conclusion: Conclusion) -> list[Finding]:
    return [*(finding for _, finding in conclusion.reported), *conclusion.notices]


def _summary(conclusion: Conclusion, style: Style) -> Iterator[str]:
    yield _verdict(conclusion, style)
    if reasons := not_reported(conclusion.audit):
        yield f"Not reported: {', '.join(reasons)}."
    yield from _section("Driven", map(_driven, drives(conclusion)), style)
    yield from _section("Never driven, or never stopped in", _gaps(conclusion), style)
    yield from _section("How", how(conclusion), style)
    yield from _section("Note", conclusion.result.notes, style)
    yield from paragraph("", limits(conclusion), style.width)


def _verdict(conclusion: Conclusion, style: Style) -> str:
    result, found = conclusion.result, _findings(conclusion)
    ended = " before it was interrupted" if result.interrupted else ""
    if not found:
        head = style("green" if result.executions else "yellow", f"No findings{ended}.")
        return f"{head} That is what {count(result.executions, 'concurrent run')} showed."
    confirmed = [one.confirmation for one, _ in conclusion.reported if one.confirmation and one.confirmation.confirmed]
    tried = [one.confirmation for one, _ in conclusion.reported if one.confirmation and one.confirmation.tries]
    plain = f"; {len(confirmed)} of {len(tried)} confirmed in plain Python threads" if tried else ""
    return f"{style('bold', count(len(found), 'finding'))} ({levels(found)}){ended}{plain}."


def _driven(drive: Drive) -> str:
    operations = f"{drive.name}: {', '.join(drive.operations)}"
    if not drive.counted:
        return f"{operations}; how often is not known, since every process ended before it could say"
    if not drive.executions:
        return f"{operations}; never beside each other"
    readers = ", of calls that change nothing," if drive.readers else ""
    pairs = f"{len(drive.stopped)} of {count(len(drive.pairs), 'pair')}{readers} with a thread stopped{_stops(drive)}"
    return f"{operations}; {pairs}; {count(drive.executions, 'run')}"


def _stops(drive: Drive) -> str:
    stops = sorted(pair.stops for pair in drive.stopped)
    if not stops:
        return ""
    return (
        f", each with {stops[0]:,} to {stops[-1]:,} stops"
        if stops[0] < stops[-1]
        else f", each with {stops[0]:,} stops"
    )


def _gaps(conclusion: Conclusion) -> Iterator[str]:
    reasons = by_reason(gaps(conclusion))
    for why, names in reasons[:REASONS]:
        more = f" and {len(names) - NAMES:,} more" if len(names) > NAMES else ""
        yield f"{', '.join(names[:NAMES])}{more}: {why}"
    if len(reasons) > REASONS:
        rest = sum(len(names) for _, names in reasons[REASONS:])
        yield f"and {rest:,} more, for {len(reasons) - REASONS} other reasons"


def _section(heading: str, rows: Iterator[str] | list[str], style: Style) -> Iterator[str]:
    every = list(rows)
    if every:
        yield style("bold", f"{heading}:")
        for row in every:
            yield from paragraph("", row, style.width)
