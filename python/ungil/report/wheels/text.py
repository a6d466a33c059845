"""Wheels as text: each with its modules, how their verdicts were reached, and what was found."""

from __future__ import annotations

from collections.abc import Sequence

from ungil.finding import Finding
from ungil.report.counting import count
from ungil.report.terminal import Style, printable
from ungil.report.text import COLOURS, details, paragraph
from ungil.report.wheels import words
from ungil.wheel.model import Module, Verdict, Wheel
from ungil.wheel.result import Checked

__all__ = ["render"]

_COLOURS = {
    Verdict.DECLARED: "green",
    Verdict.GIL_USED: "yellow",
    Verdict.NOT_DECLARED: "red",
    Verdict.UNKNOWN: "blue",
}
_WIDEST_VERDICT = max(map(len, Verdict))


def render(checked: Checked, style: Style) -> str:
    """The whole report, wheel by wheel, the numbers last."""
    blocks = [_wheel(wheel, found, style) for wheel, found in checked.each()]
    return "\n\n".join([*blocks, _summary(checked, style)]) + "\n"


def _wheel(wheel: Wheel, found: Sequence[Finding], style: Style) -> str:
    rows = [style("bold", printable(wheel.filename))]
    for module in wheel.modules:
        rows += _module(module, style)
    if not wheel.modules:
        rows.append("    There is no extension module in it.")
    if wheel.not_run:
        rows += paragraph("", f"Its modules were not run: {wheel.not_run}.", style.width)
    if wheel.libraries:
        names = ", ".join(sorted(library.path.rpartition("/")[2] for library in wheel.libraries))
        rows += paragraph("", f"{count(len(wheel.libraries), 'library')} beside them: {names}.", style.width)
    for finding in found:
        rows += ["", *_finding(finding, wheel, style)]
    return "\n".join(rows)


def _module(module: Module, style: Style) -> list[str]:
    verdict = style(_COLOURS[module.verdict], f"{module.verdict:{_WIDEST_VERDICT}}")
    rows = [f"    {verdict}  {style('bold', printable(module.name))} ({printable(module.binary.binding or '?')})"]
    for reading in module.readings:
        rows += paragraph("", words.how(reading), style.width)
    return rows


def _finding(finding: Finding, wheel: Wheel, style: Style) -> list[str]:
    place = finding.location.path.removeprefix(f"{wheel.filename}/")
    severity = style(COLOURS[finding.severity], finding.severity)
    return [f"{printable(place)}: {severity}: {style('bold', finding.slug)} ({finding.code})", *details(finding, style)]


def _summary(checked: Checked, style: Style) -> str:
    rows = [f"{style('bold', words.summary(checked))}. {words.tally(checked)}."]
    if Verdict.DECLARED in checked.verdicts:
        rows.append("A declaration is a claim about the code; whether it is true, no wheel shows.")
    if hidden := words.not_reported(checked):
        rows.append(f"Not reported: {hidden}.")
    return "\n".join(rows)
