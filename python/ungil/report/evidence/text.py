"""The evidence for a terminal: short, since the whole of it is in the report beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ungil.port.evidence import Evidence, ModuleEvidence, Reached, Shown, Step
from ungil.report.counting import count, levels
from ungil.report.evidence.words import LIMITS, STANDS, duration, patched, stands
from ungil.report.terminal import Style, printable
from ungil.report.text import COLOURS, paragraph

__all__ = ["render", "stage"]

FINDINGS = 6
"""The most serious ones, which are named here."""

MODULES = 12

LINES = 4
"""Of a log, which the report has at length."""

_WRONG = re.compile(r"^(?:\w+\.)*\w*(?:Error|Exception)\b|\berror:|\bfatal\b", re.IGNORECASE)
_MARKS = {Reached.DONE: ("green", "done"), Reached.FAILED: ("red", "failed"), Reached.SKIPPED: ("dim", "skipped")}
_COLOURS = {"against": "red", "open": "yellow", "for": "green"}
_NAME = 8  # characters of the longest stage
_MARK = 7


def stage(step: Step, style: Style) -> str:
    """One line for a stage when it is over, and what to do if it failed."""
    colour, mark = _MARKS[step.reached]
    took = "kept" if step.kept else duration(step.seconds) if step.reached is not Reached.SKIPPED else ""
    head = f"  {step.stage:{_NAME}} {style(colour, f'{mark:{_MARK}}')} {took:>7}  "
    indent = " " * (2 + _NAME + 1 + _MARK + 1 + 7 + 2)
    rows = [row.strip() for row in paragraph("", step.why, max(40, style.width - len(indent)))]
    if step.reached is Reached.FAILED:
        rows += telling(step.log)
        rows += [row.strip() for row in paragraph("", step.advice, max(40, style.width - len(indent)))]
    return head + f"\n{indent}".join(rows or [""])


def telling(log: str) -> list[str]:
    """Of what a program printed, the lines that say what is wrong; the last ones where none does."""
    lines = [printable(line.strip()) for line in log.splitlines() if line.strip()]
    return [line for line in lines if _WRONG.search(line)][:LINES] or lines[-LINES:]


def render(evidence: Evidence, style: Style, *, steps: bool = True, reports: tuple[tuple[str, str], ...] = ()) -> str:
    """What it comes to.

    Args:
        evidence: all of it.
        style: of the terminal.
        steps: also say how the stages went: not where that has been said as they went.
        reports: what else there is, and where.
    """
    name = printable(f"{evidence.project} {evidence.version}".strip())
    blocks = []
    if steps:
        blocks.append("\n".join([style("bold", name), *(stage(step, style) for step in evidence.steps)]))
    blocks.append("\n".join(_modules(evidence, style)))
    if evidence.findings:
        blocks.append("\n".join(_findings(evidence, style)))
    blocks.append("\n".join(_end(evidence, reports, style)))
    return "\n\n".join(blocks) + "\n"


def _modules(evidence: Evidence, style: Style) -> Iterator[str]:
    if not evidence.modules:
        yield style("yellow", "No extension module is known here, so nothing can be said of one.")
    order = list(STANDS)
    for module in sorted(evidence.modules, key=lambda one: order.index(stands(one)))[:MODULES]:
        yield from _module(module, style)
    if (more := len(evidence.modules) - MODULES) > 0:
        yield f"and {count(more, 'more module')}"


def _module(module: ModuleEvidence, style: Style) -> Iterator[str]:
    colour = _COLOURS[stands(module)]
    yield f"{style('bold', printable(module.name))}: {style(colour, STANDS[stands(module)])}"
    yield from paragraph("", module.verdict, style.width)


def _findings(evidence: Evidence, style: Style) -> Iterator[str]:
    every = [one.finding for one in evidence.findings]
    yield f"{style('bold', count(len(every), 'finding'))} ({levels(every)}); the most serious:"
    for one in evidence.findings[:FINDINGS]:
        yield _finding(one, style)


def _finding(shown: Shown, style: Style) -> str:
    finding = shown.finding
    where = printable(f"{finding.location.path}:{finding.location.line}")
    head = (
        f"  {style(COLOURS[finding.severity], finding.severity)} {style('bold', finding.slug)} {where} ({shown.stage})"
    )
    repaired = f" Repaired in the patch: {shown.repaired}." if shown.repaired else ""
    return "\n".join([head, *paragraph("", f"{finding.message}.{repaired}", style.width)])


def _end(evidence: Evidence, reports: tuple[tuple[str, str], ...], style: Style) -> Iterator[str]:
    if patched(evidence):
        yield patched(evidence)
    for note in evidence.notes:
        yield from (row.strip() for row in paragraph("", note, style.width))
    for label, place in reports:
        yield f"{label}: {style('cyan', printable(place))}"
    yield from (row.strip() for row in paragraph("", LIMITS, style.width))
