"""``ungil fix``: make the mechanical repairs, and say what is left to decide."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from ungil import source
from ungil.audit import Policy
from ungil.audit.notices import NOTICES
from ungil.cli.command import Subparsers
from ungil.cli.formats import names, style_for
from ungil.cli.progress import Progress
from ungil.cli.settings import per_file_ignores, settings_of, wanted
from ungil.codemod import OLDEST, Order, Outcome, oldest_python, repair
from ungil.codemod.patch import diff
from ungil.codemod.write import uncommitted, write
from ungil.config import Settings
from ungil.errors import ExitCode, RevisionError, UsageError
from ungil.finding import Severity
from ungil.hazards import hazards
from ungil.rules import catalogue

__all__ = ["add_to"]

_EPILOG = """\
A safe repair preserves behaviour on every build. One that needs a look is made with --unsafe-fixes, and what to look at
is printed. What needs a decision is left, with the decision.

The result compiles on the oldest Python that the project supports, as requires-python says, or --min-python: what older
versions lack comes from pythoncapi_compat.h where the project has it, and is written into the file where not.

A comment that allows a finding keeps it from being repaired; the settings of 'ungil audit' hold here too.

Exit codes: 0 nothing is left at or above the level, 1 findings are left (with --diff: or would be repaired),
2 the job could not be done, and no file was changed."""


def add_to(commands: Subparsers) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "fix",
        help="repair what can be repaired without a decision",
        description="Repairs what 'ungil audit' finds, as far as that is mechanical, and says what is left to decide.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("path", metavar="PATH", help="a folder or a file; with --diff also an archive or NAME==VERSION")
    parser.add_argument("--diff", action="store_true", help="print the changes as a patch, and write nothing")
    parser.add_argument("--unsafe-fixes", action="store_true", help="make also those repairs that need a look")
    parser.add_argument("--min-python", metavar="VERSION", help="the oldest Python that the result compiles on: 3.9")
    parser.add_argument("--allow-dirty", action="store_true", help="write although git has changes to commit")
    rules = "rules by code (UG101), beginning of a code (UG1) or name, with commas between; may be repeated"
    parser.add_argument("--select", metavar="RULES", action="append", help=f"repair these alone: {rules}")
    parser.add_argument("--ignore", metavar="RULES", action="append", help="do not repair these, even if selected")
    levels = [str(severity) for severity in Severity]
    parser.add_argument("--level", choices=levels, help="the least serious level to repair (default: warning)")
    parser.add_argument("--format", choices=["text", "json"], default="text", help="of the report (default: text)")
    parser.add_argument("--no-config", action="store_true", help="leave the project's pyproject.toml aside")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> ExitCode:
    """Repairs, writes or shows, and says by its exit code whether anything is left."""
    path = Path(options.path)
    oldest = _version(options.min_python) if options.min_python is not None else None
    settings, home = settings_of(path, no_config=options.no_config)
    policy = _policy(options, settings, home)
    with Progress(sys.stderr) as progress:
        progress(f"reading {options.path}")
        project = source.read(options.path, wanted(path, settings, home))
        root = project.root
        if root is None and not options.diff:
            raise UsageError(f"'{options.path}' cannot be written to.", "Unpack it, or add --diff to see the changes.")
        if root is not None and not options.diff and not options.allow_dirty:
            _refuse_uncommitted(root, uncommitted(root))
        order = Order(
            codes=frozenset(rule.code for rule in policy.selected(catalogue(), (*NOTICES, *hazards()))),
            level=policy.level,
            policy=Policy(per_file_ignores=policy.per_file_ignores),
            unsafe=options.unsafe_fixes,
            min_python=oldest or oldest_python(project),
        )
        outcome = repair(project, catalogue(), order, progress)
    if root is not None and not options.diff:
        write(root, outcome.changed)
    _print(outcome, options)
    return ExitCode.FINDINGS if outcome.left or (options.diff and outcome.fixed) else ExitCode.CLEAN


def _policy(options: argparse.Namespace, settings: Settings, home: Path) -> Policy:
    return Policy(
        select=names(options.select) if options.select is not None else settings.select,
        ignore=names(options.ignore) if options.ignore is not None else settings.ignore,
        per_file_ignores=per_file_ignores(Path(options.path), settings, home),
        level=Severity(options.level) if options.level is not None else settings.level,
        origins=(
            "select in pyproject.toml" if options.select is None else "--select",
            "ignore in pyproject.toml" if options.ignore is None else "--ignore",
        ),
    )


def _version(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"3\.(\d+)t?", text)
    if match is None or int(match[1]) < OLDEST[1]:
        raise UsageError(
            f"--min-python: '{text}' is no version from which the result could compile.", "Name one like 3.9 or 3.12."
        )
    return 3, int(match[1])


def _refuse_uncommitted(root: Path, files: list[str]) -> None:
    if files:
        named = ", ".join(f"'{file}'" for file in files[:3]) + (", ..." if files[3:] else "")
        raise RevisionError(
            f"git has changes in '{root}' that are not committed: {named}.",
            "Commit or stash them, so that the repairs can be told apart; or add --allow-dirty, or --diff.",
        )


def _print(outcome: Outcome, options: argparse.Namespace) -> None:
    """The patch goes to standard output alone, so that it can be kept; the report then goes beside it."""
    stream = sys.stderr if options.diff else sys.stdout
    if options.diff:
        sys.stdout.flush()
        for line in diff(outcome.changed):
            sys.stdout.buffer.write(line.encode("utf-8", "surrogateescape"))
        sys.stdout.flush()
    if options.format == "json":
        from ungil.report.repairs import json  # noqa: PLC0415

        stream.write(json.render(outcome, wrote=not options.diff))
    else:
        from ungil.report.repairs import text  # noqa: PLC0415

        stream.write(text.render(outcome, style_for(stream), wrote=not options.diff))
