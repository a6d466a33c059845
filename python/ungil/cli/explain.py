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
    sys.stdout.write(page.render(rule) + _repairs(rule.code))
    return ExitCode.CLEAN


def _repairs(code: str) -> str:
    """What ``ungil fix`` makes of the rule's findings."""
    from ungil.fixers import fixers_of  # noqa: PLC0415 - loads every fixer

    parts = []
    for fixer in fixers_of(code):
        parts.append(f"**{fixer.slug}**: {fixer.section('What it does')}")
        look = fixer.section("What to look at")
        parts += [f"Look at: {look}"] if look else []
        parts.append(f"It leaves: {fixer.section('What it leaves')}")
    return "\n".join(["", "## What `ungil fix` does", "", "\n\n".join(parts), ""]) if parts else ""
