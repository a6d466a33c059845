"""Wheels as workflow commands. A wheel is no file of the repository, so that its name stands in the message."""

from __future__ import annotations

from dataclasses import replace

from ungil.report.github import annotation, line
from ungil.report.wheels import words
from ungil.wheel.result import Checked

__all__ = ["render"]


def render(checked: Checked) -> str:
    """A command for each finding, then a line for the log."""
    rows = [
        annotation(
            replace(finding, message=f"{finding.location.path}: {finding.message}"),
            {"title": f"{finding.slug} ({finding.code})"},
        )
        for finding in checked.findings
    ]
    hidden = words.not_reported(checked)
    rest = f"; {hidden}" if hidden else ""
    return "\n".join([*rows, line(f"{words.summary(checked)}{rest}. {words.tally(checked)}.")]) + "\n"
