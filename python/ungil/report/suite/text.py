"""What came of a project's tests, as text: the findings first, the most serious first; then how many ran, and how."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ungil.lines import Lines
from ungil.report.counting import not_reported
from ungil.report.suite.telling import gaps, how, how_many, limits, verdict
from ungil.report.terminal import Style
from ungil.report.text import finding_block, paragraph, prefix
from ungil.stress.suite.findings import Conclusion

__all__ = ["render"]

REASONS = 6
"""Reasons not to run in threads that are named one by one."""

NAMES = 3
"""Tests that a reason holds for, likewise."""


def render(conclusion: Conclusion, style: Style) -> str:
    """The whole report."""
    lines, before = Lines(conclusion.audit.project), prefix(conclusion.audit)
    blocks = [finding_block(finding, lines, before, style) for finding in conclusion.findings]
    return "\n\n".join([*blocks, "\n".join(_summary(conclusion, style))]) + "\n"


def _summary(conclusion: Conclusion, style: Style) -> Iterator[str]:
    stressed = conclusion.stressed
    quiet = "green" if stressed.in_threads and not conclusion.findings else "bold"
    yield style(quiet, f"{verdict(conclusion)}.")
    if reasons := not_reported(conclusion.audit):
        yield f"Not reported: {', '.join(reasons)}."
    yield from how_many(stressed)
    yield from _section("Not in threads", _gaps(conclusion), style)
    yield from _section("How", how(stressed), style)
    yield from _section("Note", stressed.notes, style)
    yield from paragraph("", limits(stressed), style.width)


def _gaps(conclusion: Conclusion) -> Iterator[str]:
    reasons = gaps(conclusion.stressed)
    for why, names in reasons[:REASONS]:
        more = f" and {len(names) - NAMES:,} more" if len(names) > NAMES else ""
        yield f"{why}: {', '.join(names[:NAMES])}{more}"
    if len(reasons) > REASONS:
        rest = sum(len(names) for _, names in reasons[REASONS:])
        yield f"and {rest:,} more, for {len(reasons) - REASONS} other reasons"


def _section(heading: str, rows: Iterable[str], style: Style) -> Iterator[str]:
    every = list(rows)
    if every:
        yield style("bold", f"{heading}:")
        for row in every:
            yield from paragraph("", row, style.width)
