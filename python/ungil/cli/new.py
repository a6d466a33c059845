"""``ungil new``: a project that is right from its first commit."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path

from ungil import project
from ungil.cli.command import Subparsers
from ungil.errors import ExitCode

__all__ = ["add_to"]


def add_to(commands: Subparsers) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "new",
        help="make a new extension that is right from its first commit",
        description="Makes a project in a folder of its own: an extension module, its tests, its workflows.",
    )
    parser.add_argument("name", metavar="NAME", help="the project's name on the package index: my-extension")
    choices = project.bindings()
    parser.add_argument("--binding", choices=choices, help=f"how the module is written (default: {choices[0]})")
    parser.add_argument("--summary", help="what the project is for, in one line")
    parser.add_argument("--repository", metavar="URL", help="the address of its repository")
    parser.add_argument("--first-version", dest="version", metavar="VERSION", help="the version to begin with")
    parser.add_argument("--into", metavar="FOLDER", type=Path, default=Path(), help="where to make it (default: here)")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> ExitCode:
    """Makes the project, and says what comes next."""
    questions = ("name", "binding", "summary", "repository", "version")
    answers = {question: getattr(options, question) for question in questions}
    made = project.create(
        options.into, {question: answer for question, answer in answers.items() if answer is not None}
    )
    print(f"Made {made}. What comes next:\n\n  cd {shlex.quote(str(made))}\n  uv run pytest")
    return ExitCode.CLEAN
