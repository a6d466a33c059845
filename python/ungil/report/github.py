"""An audit as workflow commands: GitHub Actions shows each finding beside its line in a pull request.

Format and escapes: docs.github.com/actions, "Workflow commands", and the toolkit's command.ts.
"""

from __future__ import annotations

import os
from pathlib import Path

from ungil.audit import Audit
from ungil.finding import Finding, Severity
from ungil.report.counting import count, files_read, levels, not_reported

__all__ = ["annotation", "commands", "line", "render"]

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def render(audit: Audit) -> str:
    """A command for each finding, then a line for the log."""
    return commands(audit, files_read(audit))


def commands(audit: Audit, tried: str) -> str:
    """The same, where the line for the log ends with what was ``tried``."""
    rows = [_command(finding, audit.project.root) for finding in audit.findings]
    found = f"{count(len(audit.findings), 'finding')} ({levels(audit.findings)})" if audit.findings else "No findings"
    rest = "".join(f"; {reason}" for reason in not_reported(audit))
    # The log takes any line that starts with '::' for a command; this one starts with a number or a word.
    return "\n".join([*rows, line(f"{found}{rest}. {tried}")]) + "\n"


def _command(finding: Finding, root: Path | None) -> str:
    where = finding.location
    properties = {
        "file": _from_here(where.path, root),
        "line": str(where.line),
        "endLine": str(where.end_line),
        "title": f"{finding.slug} ({finding.code})",
    }
    if where.line == where.end_line:  # columns of several lines mean nothing to it
        properties |= {"col": str(where.column), "endColumn": str(max(where.column, where.end_column - 1))}
    return annotation(finding, properties)


def annotation(finding: Finding, properties: dict[str, str]) -> str:
    """The command that shows a finding, with where it is among its properties."""
    pairs = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    seen = "".join(f"\nseen: {fact}" for fact in finding.evidence)
    return f"::{_COMMANDS[finding.severity]} {pairs}::{line(f'{finding.message}{seen}\nfix: {finding.fix}')}"


def _from_here(path: str, root: Path | None) -> str:
    """Relative to the folder that the command runs in, which is the repository's in a workflow."""
    if root is None:
        return path
    relative = os.path.relpath(root / path)
    outside = relative.startswith("..")
    return Path(root / path if outside else relative).as_posix()


def line(text: str) -> str:
    """Text as one line of the log."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return line(text).replace(":", "%3A").replace(",", "%2C")
