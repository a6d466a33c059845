"""What commands report that run what they look at: which of it, in which formats, and what is known of it already."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from ungil.audit import Audit, Policy, baseline
from ungil.cli.formats import forms_of, names, style_for, write_rendered
from ungil.description import Description
from ungil.errors import OutputError
from ungil.finding import Severity
from ungil.lines import Lines
from ungil.report.terminal import Style

__all__ = ["Render", "add_selection", "deliver", "policy_of", "write_baseline"]

type Render = Callable[[str, Style], str]
"""A report in a format."""


def add_selection(parser: argparse.ArgumentParser, example: str) -> None:
    """Adds the options that say what is reported; ``example`` is the code of a hazard."""
    group = parser.add_argument_group("what is reported")
    hazards = f"hazards by code ({example}) or name, with commas between; may be repeated"
    group.add_argument("--select", metavar="HAZARDS", action="append", help=f"report these alone: {hazards}")
    group.add_argument("--ignore", metavar="HAZARDS", action="append", help="do not report these, even if selected")
    levels = [str(severity) for severity in Severity]
    group.add_argument("--level", choices=levels, default="warning", help="the least serious level (default: warning)")
    known = group.add_mutually_exclusive_group()
    known.add_argument("--baseline", metavar="FILE", type=Path, help="do not report what this file lists as known")
    known.add_argument("--write-baseline", metavar="FILE", type=Path, help="write what is found to FILE, as known")


def policy_of(options: argparse.Namespace, hazards: Sequence[Description]) -> Policy:
    """What is to be reported of these hazards: to be asked before the work, since it may be wrong.

    Raises:
        BaselineError: there is no such baseline, or it is none.
        UsageError: a hazard that does not exist is named.
    """
    policy = Policy(
        select=names(options.select or []),
        ignore=names(options.ignore or []),
        level=Severity(options.level),
        baseline=baseline.read(options.baseline) if options.baseline else None,
        origins=("--select", "--ignore"),
    )
    if policy.select or policy.ignore:
        from ungil.cli.rules import every_rule  # noqa: PLC0415 - they take time to load

        policy.selected(hazards, every_rule())
    return policy


def deliver(options: argparse.Namespace, render: Render) -> None:
    """Writes and prints the reports.

    Raises:
        OutputError: a file cannot be written. What was found has been printed then, and the other files are written.
    """
    forms = forms_of(options)
    errors: list[OutputError] = []
    for one in forms:
        if one.file is not None:
            try:
                write_rendered(one.file, render(one.name, Style(colour=False)))
            except OutputError as error:
                errors.append(error)
    for name in [one.name for one in forms if one.file is None] or ["text"] * bool(errors):
        sys.stdout.write(render(name, style_for(sys.stdout)))
    if errors:
        raise errors[0]


def write_baseline(file: Path, audit: Audit, render: Render) -> None:
    """Writes what was found, as known, and says how much that is.

    Raises:
        OutputError: it cannot be written. What was found has been printed then.
    """
    try:
        number = baseline.write(file, audit.findings, Lines(audit.project))
    except OutputError:
        sys.stdout.write(render("text", style_for(sys.stdout)))
        raise
    known = "1 finding is" if number == 1 else f"{number:,} findings are"
    print(f"ungil: {known} now known in {file}", file=sys.stderr)
