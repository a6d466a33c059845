"""``ungil audit``: find what is unsafe without the GIL."""

from __future__ import annotations

import argparse
import sys

from ungil import source
from ungil.audit import Audit, audit
from ungil.cli.command import Subparsers
from ungil.errors import ExitCode
from ungil.report import json, sarif, text
from ungil.report.terminal import Style, wants_colour

__all__ = ["add_to"]


def add_to(commands: Subparsers) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "audit",
        help="find what is unsafe without the GIL",
        description="Reads C and C++ without building or running anything and prints what is unsafe without the GIL.",
    )
    parser.add_argument("path", metavar="PATH", help="a folder, a C or C++ file, a source archive, or NAME==VERSION")
    parser.add_argument("--format", choices=["text", "json", "sarif"], default="text", help="default: text")
    parser.add_argument("--generated", action="store_true", help="also read C that Cython generated")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> ExitCode:
    """Audits, prints, and says by its exit code whether anything was found."""
    result = audit(source.read(options.path, source.Wanted(generated=options.generated)))
    sys.stdout.write(_render(result, options.format))
    return ExitCode.FINDINGS if result.findings else ExitCode.CLEAN


def _render(result: Audit, form: str) -> str:
    if form == "sarif":
        return sarif.render(result)
    if form == "json":
        return json.render(result)
    return text.render(result, Style(colour=wants_colour(sys.stdout)))
