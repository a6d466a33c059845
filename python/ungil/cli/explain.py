"""``ungil explain``: a rule's documentation."""

from __future__ import annotations

import argparse
import difflib
import sys

from ungil.cli.command import Subparsers
from ungil.errors import ExitCode, UsageError
from ungil.report import page
from ungil.rule import Rule
from ungil.rules import catalogue

__all__ = ["add_to"]


def add_to(commands: Subparsers) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser("explain", help="what a rule finds, why it matters and how to fix it")
    parser.add_argument(
        "rule", metavar="RULE", nargs="?", help="a code or a name: UG101, borrowed-list-item; none lists them all"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> ExitCode:
    """Prints one rule's page, or a line for each rule."""
    if options.rule is None:
        for rule in catalogue():
            print(f"{rule.code}  {rule.severity:7}  {rule.slug:30}  {rule.title}.")
    else:
        sys.stdout.write(page.render(_find(options.rule)))
    return ExitCode.CLEAN


def _find(name: str) -> Rule:
    names = {key: rule for rule in catalogue() for key in (rule.code, rule.slug)}
    for key, rule in names.items():
        if key.lower() == name.lower():
            return rule
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"Did you mean '{near[0]}'?" if near else "'ungil explain' lists them."
    raise UsageError(f"There is no rule '{name}'.", hint)
