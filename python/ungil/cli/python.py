"""``ungil python``: find, install or assemble an interpreter, and print its path."""

from __future__ import annotations

import argparse
import sys

from ungil import interpreter
from ungil.cli.command import Subparsers
from ungil.errors import ExitCode

__all__ = ["add_to"]


def add_to(commands: Subparsers) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "python",
        help="find, install or assemble an interpreter",
        description="Prints the path of an interpreter that was proved to be the build asked for.",
    )
    interpreter.add_arguments(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> ExitCode:
    """The same as running ``interpreter.py`` alone."""
    try:
        found = interpreter.find_as_asked(options, lambda line: print(f"ungil: {line}", file=sys.stderr, flush=True))
    except interpreter.InterpreterError as error:
        print(f"ungil: error: {error}", file=sys.stderr)
        return ExitCode.FAILED
    print(found.path)
    return ExitCode.CLEAN
