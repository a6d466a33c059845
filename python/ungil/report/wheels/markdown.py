"""Wheels as Markdown: the findings, then every module with its verdict and how it was reached."""

from __future__ import annotations

from ungil.report.markdown import code, plain, table
from ungil.report.wheels import words
from ungil.wheel.model import Module, Wheel
from ungil.wheel.result import Checked

__all__ = ["render"]

_ROWS = 300  # modules: a comment on GitHub holds 65,536 characters


def render(checked: Checked) -> str:
    """A heading with the numbers, the findings, a table of modules."""
    parts = [f"## ungil wheel check: {words.summary(checked)[0].lower()}{words.summary(checked)[1:]}"]
    parts += table(checked.findings, lambda one: one.location.path)
    rows = [_row(wheel, module) for wheel in checked.wheels for module in wheel.modules]
    if rows:
        head = ["| wheel | module | verdict | how |", "|---|---|---|---|"]
        parts.append("\n".join([*head, *rows[:_ROWS]]))
    if len(rows) > _ROWS:
        parts.append(f"And {len(rows) - _ROWS:,} modules more.")
    if hidden := words.not_reported(checked):
        parts.append(f"Not reported: {plain(hidden)}.")
    return "\n\n".join([*parts, f"{plain(words.tally(checked))}."]) + "\n"


def _row(wheel: Wheel, module: Module) -> str:
    said = plain(words.how(module.settled))
    return f"| {code(wheel.filename)} | {code(module.name)} | {module.verdict} | {said} |"
