"""``ungil rules``: what is looked for."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence

from ungil.audit.notices import NOTICES
from ungil.audit.selection import resolve
from ungil.cli.command import Subparsers
from ungil.description import Description
from ungil.errors import ExitCode
from ungil.finding import Severity
from ungil.hazards import hazards
from ungil.report import page

__all__ = ["add_to", "every_rule"]


def every_rule() -> tuple[Description, ...]:
    """The rules, what is said about suppressions, and what is seen at run time, by code."""
    from ungil.rules import catalogue  # noqa: PLC0415 - loads every rule and the front-end

    return tuple(sorted((*catalogue(), *NOTICES, *hazards()), key=lambda rule: rule.code))


def add_to(commands: Subparsers) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser("rules", help="list what is looked for")
    parser.add_argument("--select", metavar="RULES", help="only these: codes, beginnings of codes (UG1) or names")
    parser.add_argument(
        "--level",
        choices=[str(severity) for severity in Severity],
        help="only rules of this level or a more serious one",
    )
    parser.add_argument("--format", choices=["text", "json", "markdown"], default="text", help="default: text")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> ExitCode:
    """Prints a line for each rule."""
    rules: Sequence[Description] = every_rule()
    if options.select is not None:
        chosen = resolve((name.strip() for name in options.select.split(",")), rules, "--select")
        rules = [rule for rule in rules if rule.code in chosen]
    if options.level is not None:
        levels = list(Severity)
        rules = [rule for rule in rules if levels.index(rule.severity) <= levels.index(Severity(options.level))]
    print(_listed(rules, options.format))
    return ExitCode.CLEAN


def _listed(rules: Sequence[Description], form: str) -> str:
    if form == "json":
        plain = [{"code": r.code, "slug": r.slug, "level": r.severity, "title": r.title} for r in rules]
        return json.dumps({"version": 1, "rules": plain}, indent=2, ensure_ascii=False)
    if form == "markdown":
        rows = [f"| {r.code} | `{r.slug}` | {r.severity} | {page.summary(r)} |" for r in rules]
        return "\n".join(["| code | rule | level | what it finds |", "|---|---|---|---|", *rows])
    width = max((len(rule.slug) for rule in rules), default=0)
    return "\n".join(f"{r.code}  {r.severity:7}  {r.slug:{width}}  {page.summary(r)}" for r in rules)
