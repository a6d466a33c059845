"""Repairs as text: what was repaired, what was left and why, and the numbers."""

from __future__ import annotations

from collections import Counter

from ungil.codemod.run import Fixed, Left, Outcome
from ungil.finding import Finding
from ungil.report.counting import count, levels
from ungil.report.terminal import Style, printable
from ungil.report.text import COLOURS, paragraph, prefix

__all__ = ["render"]


def render(outcome: Outcome, style: Style, *, wrote: bool) -> str:
    """The whole report: what was repaired, what waits for a decision, the numbers last.

    Args:
        outcome: what became of the project.
        style: of the terminal.
        wrote: the files were changed, rather than only shown.
    """
    before = prefix(outcome.before.audit)
    blocks = [
        *_repaired(outcome.fixed, before, style),
        *["\n".join(_left(one, before, style)) for one in outcome.left],
        "\n".join(_summary(outcome, style, wrote=wrote)),
    ]
    return "\n\n".join(blocks) + "\n"


def _place(finding: Finding, before: str, style: Style) -> str:
    where = finding.location
    return style("bold", printable(f"{before}{where.path}:{where.line}:{where.column}"))


def _repaired(fixed: tuple[Fixed, ...], before: str, style: Style) -> list[str]:
    """One row for each repair, and below those of one fixer what to look at."""
    rows: dict[tuple[str, str], list[str]] = {}
    for one in fixed:
        named = f"{one.finding.slug} ({one.finding.code})"
        row = f"{_place(one.finding, before, style)}: {style('green', 'repaired')}: {named}"
        rows.setdefault((one.fixer.slug, one.check), []).append(row)
    blocks = []
    for (_, check), some in rows.items():
        blocks.append("\n".join([*some, *(paragraph("check: ", check, style.width) if check else [])]))
    return blocks


def _left(left: Left, before: str, style: Style) -> list[str]:
    finding = left.finding
    severity = style(COLOURS[finding.severity], finding.severity)
    rows = [f"{_place(finding, before, style)}: {severity}: {finding.slug} ({finding.code})"]
    if left.unsafe is not None:
        would = f"--unsafe-fixes repairs it: {left.unsafe.title[0].lower()}{left.unsafe.title[1:]}"
        return rows + paragraph("", would, style.width)
    rows += paragraph("", finding.message, style.width)
    return rows + paragraph("decide: ", left.decision, style.width)


def _summary(outcome: Outcome, style: Style, *, wrote: bool) -> list[str]:
    found, remain = len(outcome.before.audit.findings), len(outcome.after.audit.findings)
    files = len(outcome.changed)
    verb = "Made" if wrote else "Would make"
    head = style("bold", f"{verb} {count(len(outcome.fixed), 'repair')}") + f" in {count(files, 'file')}"
    if not outcome.fixed:
        head = style("bold", "Nothing was repaired" if wrote else "Nothing would be repaired")
    rows = [f"{head}. Of {count(found, 'finding')}, notes included, {remain:,} {'is' if remain == 1 else 'are'} left."]
    waiting = sum(one.unsafe is not None for one in outcome.left)
    if outcome.left:
        rows.append(f"{count(len(outcome.left), 'finding')} left ({levels(one.finding for one in outcome.left)}).")
    if waiting:
        rows.append(f"--unsafe-fixes would go on with {waiting:,} of them, and says of each what to look at.")
    by_fixer = Counter(one.fixer.slug for one in outcome.fixed)
    rows += [f"  {number:>5}  {slug}" for slug, number in sorted(by_fixer.items(), key=lambda one: (-one[1], one[0]))]
    return rows
