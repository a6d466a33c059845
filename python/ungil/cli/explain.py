"""``ungil explain``: a rule's documentation."""

from __future__ import annotations

import argparse
import sys

from ungil.audit.selection import named
from ungil.cli.command import Subparsers
from ungil.cli.rules import every_rule
from ungil.errors import ExitCode, UsageError, nearest
from ungil.report import page

__all__ = ["add_to"]


def add_to(commands: Subparsers) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser("explain", help="what a rule finds, why it matters and how to fix it")
    parser.add_argument("rule", metavar="RULE", help="a code or a name: UG101, borrowed-list-item")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> ExitCode:
    """Prints one rule's page."""
    rules = every_rule()
    rule = named(options.rule, rules)
    if rule is None:
        near = nearest(options.rule, [key for one in rules for key in (one.code, one.slug)])
        raise UsageError(f"There is no rule '{options.rule}'.", near or "'ungil rules' lists them.")
    sys.stdout.write(page.render(rule))
    return ExitCode.CLEAN
