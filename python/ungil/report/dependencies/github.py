"""Dependencies as workflow commands: an annotation on each line of a lock file with a finding."""

from __future__ import annotations

from ungil.deps.check import Checked
from ungil.report.dependencies import words
from ungil.report.github import annotation, line

__all__ = ["render"]


def render(checked: Checked) -> str:
    """A command for each finding, then a line for the log."""
    rows = [
        annotation(
            finding,
            {
                "file": finding.location.path,
                "line": str(finding.location.line),
                "title": f"{finding.slug} ({finding.code})",
            },
        )
        for finding in checked.findings
    ]
    hidden = words.not_reported(checked)
    rest = f"; {hidden}" if hidden else ""
    told = f"{words.summary(checked)}{rest}. {words.subject(checked)}: {words.tally(checked)}."
    return "\n".join([*rows, line(told)]) + "\n"
