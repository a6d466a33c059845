"""Dependencies as text: a table of what is compiled or needs something, the findings, the numbers."""

from __future__ import annotations

import textwrap

from ungil.deps.check import Checked
from ungil.deps.package import Package, Status
from ungil.finding import Finding
from ungil.report.counting import count
from ungil.report.dependencies import words
from ungil.report.dependencies.columns import Column, table
from ungil.report.terminal import Style, printable
from ungil.report.text import COLOURS, details

__all__ = ["render"]

_WIDE, _WIDER = 100, 120  # characters from which dates, and who needs a package, are shown
_COLOURS = {
    Status.FREE_THREADED: "green",
    Status.ANY_BUILD: "green",
    Status.GIL_ONLY: "yellow",
    Status.ELSEWHERE: "yellow",
    Status.SOURCE_ONLY: "blue",
    Status.UNKNOWN: "red",
}


def render(checked: Checked, style: Style, *, full: bool = False) -> str:
    """The whole report.

    Args:
        checked: what was found.
        style: of the terminal.
        full: whether packages that need nothing, with a wheel for any build, are listed too.
    """
    blocks = [style("bold", printable(words.subject(checked)))]
    ranked = words.ranked(checked.packages)
    rows = ranked if full else [one for one in ranked if not _is_plain(one)]
    if rows:
        blocks.append("\n".join(table(rows, _columns(checked, style.room), style.room, style)))
    blocks += [_finding(finding, style) for finding in checked.findings]
    return "\n\n".join([*blocks, _summary(checked, len(ranked) - len(rows), style)]) + "\n"


def _is_plain(package: Package) -> bool:
    return package.status is Status.ANY_BUILD and not (package.falls_back or words.needs_something(package))


def _colour(package: Package) -> str:
    fine = package.status in {Status.FREE_THREADED, Status.ANY_BUILD}
    return "red" if fine and words.needs_something(package) else _COLOURS[package.status]


def _columns(checked: Checked, width: int) -> list[Column[Package]]:
    """The columns that there is room for."""
    python, dated = checked.target.python, width >= _WIDE
    columns: list[Column[Package]] = [
        Column("package", lambda one: printable(one.dependency.name), 30, lambda _: "bold"),
        Column("version", lambda one: str(one.dependency.version or ""), 16),
        Column(f"for {python}", words.status, style=_colour),
        Column("modules", words.modules, 34),
        Column("since", lambda one: words.since(one.since, dated=dated), 24),
        Column("upgrade to", lambda one: words.upgrade(one, newest=dated), 30),
    ]
    if width >= _WIDER:
        columns.append(Column("needed by", lambda one: printable(", ".join(one.dependency.needed_by))))
    return columns


def _finding(finding: Finding, style: Style) -> str:
    place = f"{finding.location.path}:{finding.location.line}"
    severity = style(COLOURS[finding.severity], finding.severity)
    head = f"{style('bold', printable(place))}: {severity}: {style('bold', finding.slug)} ({finding.code})"
    return "\n".join([head, *details(finding, style)])


def _summary(checked: Checked, unlisted: int, style: Style) -> str:
    rows = [f"{words.tally(checked)}."]
    if unlisted:
        are = "need nothing and are" if unlisted != 1 else "needs nothing and is"
        rows.append(f"{count(unlisted, 'package')} with a wheel for any build {are} not listed (--full lists them).")
    rows += words.aside(checked)
    if hidden := words.not_reported(checked):
        rows.append(f"Not reported: {hidden}.")
    lines = [line for row in rows for line in textwrap.wrap(printable(row), style.width, break_on_hyphens=False)]
    return "\n".join([f"{style('bold', words.summary(checked))}.", *lines])
