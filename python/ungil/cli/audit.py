"""``ungil audit``: find what is unsafe without the GIL."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from ungil import source
from ungil.audit import Audit, Policy, audit, baseline, changes
from ungil.audit.cache import Cache, default_folder
from ungil.cli.command import Subparsers
from ungil.cli.formats import Form, add_output, forms_of, names, render, write
from ungil.cli.progress import Progress
from ungil.cli.settings import per_file_ignores, settings_of, wanted
from ungil.config import Settings
from ungil.errors import ExitCode, UsageError
from ungil.finding import Severity
from ungil.lines import Lines

__all__ = ["add_to"]

_EPILOG = """\
A comment on a line, or above a statement, allows a finding and says why:
  // ungil: allow(borrowed-list-item) the list is private to this thread
'allow-file' allows it in the whole file.

[tool.ungil] and [tool.ungil.audit] in the audited folder's pyproject.toml take select, ignore, level, exclude,
include, generated, vendored, per-file-ignores, baseline and cache; what is given here wins. Archives, releases and
single files are audited as they are.

Of Python, what users of the library may run is read, not tests, documentation and examples; of the build,
pyproject.toml, setup.py and setup.cfg, CMake, Meson and Cargo files; of CI, workflows, tox, nox and the suppressions
of sanitizers. A project without source is a clean audit of nothing; a folder without any program is an error.

Exit codes: 0 nothing at or above the level, 1 findings, 2 the job could not be done."""


def add_to(commands: Subparsers) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "audit",
        help="find what is unsafe without the GIL",
        description="Reads C, C++, Cython, Python, build and CI files, building and running nothing, and prints what "
        "is unsafe without the GIL.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "path", metavar="PATH", help="a folder, a C, C++, Cython or Python file, a source archive, or NAME==VERSION"
    )
    _add_selection(parser)
    _add_reading(parser)
    add_output(parser)
    parser.set_defaults(run=run)


def _add_selection(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what is reported")
    rules = "rules by code (UG101), beginning of a code (UG1) or name, with commas between; may be repeated"
    group.add_argument("--select", metavar="RULES", action="append", help=f"look for these alone: {rules}")
    group.add_argument("--ignore", metavar="RULES", action="append", help="do not look for these, even if selected")
    levels = [str(severity) for severity in Severity]
    group.add_argument("--level", choices=levels, help="the least serious level to report (default: warning)")
    known = group.add_mutually_exclusive_group()
    known.add_argument("--baseline", metavar="FILE", type=Path, help="do not report what this file lists as known")
    known.add_argument("--write-baseline", metavar="FILE", type=Path, help="write what is found to FILE, as known")
    group.add_argument(
        "--changed-since", metavar="REV", help="report only lines that changed in git since REV branched off"
    )


def _add_reading(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what is read")
    group.add_argument("--generated", action="store_true", default=None, help="also files that a generator wrote")
    group.add_argument("--vendored", action="store_true", default=None, help="also bundled copies of other projects")
    group.add_argument("--no-config", action="store_true", help="leave the project's pyproject.toml aside")
    group.add_argument("--no-cache", action="store_true", help="neither use nor keep analyses of earlier runs")


def run(options: argparse.Namespace) -> ExitCode:
    """Audits, prints, and says by its exit code whether anything was found."""
    forms = forms_of(options)
    settings, home = settings_of(Path(options.path), no_config=options.no_config)
    policy = _policy(options, settings, home)
    with Progress(sys.stderr) as progress:
        progress(f"reading {options.path}")
        project = source.read(options.path, _wanted(options, settings, home))
        result = audit(project, policy=policy, cache=_cache(options, settings), report=progress)
    if options.write_baseline is not None:
        number = baseline.write(options.write_baseline, result.findings, Lines(project))
        known = "1 finding is" if number == 1 else f"{number:,} findings are"
        print(f"ungil: {known} now known in {options.write_baseline}", file=sys.stderr)
        return ExitCode.CLEAN
    if not project.sources:
        print(f"ungil: there is no C, C++, Cython or Python source to read in '{options.path}'", file=sys.stderr)
    _report(result, forms)
    return ExitCode.FINDINGS if result.findings else ExitCode.CLEAN


def _report(result: Audit, forms: list[Form]) -> None:
    for one in forms:
        if one.file is not None:
            write(result, one)
    for one in forms:
        if one.file is None:
            sys.stdout.write(render(result, one.name, sys.stdout))


def _wanted(options: argparse.Namespace, settings: Settings, home: Path) -> source.Wanted:
    kept = wanted(Path(options.path), settings, home)
    return replace(kept, generated=options.generated or kept.generated, bundled=options.vendored or kept.bundled)


def _policy(options: argparse.Namespace, settings: Settings, home: Path) -> Policy:
    path = Path(options.path)
    if options.write_baseline is not None and options.changed_since is not None:
        raise UsageError("A baseline of changed lines alone would forget the others.", "Leave --changed-since away.")
    known = options.baseline or (home / settings.baseline if settings.baseline else None)
    since = options.changed_since
    if since is not None and not path.is_dir():
        raise UsageError("--changed-since needs a folder in a git work tree.", "Name the folder that holds the source.")
    return Policy(
        select=names(options.select) if options.select is not None else settings.select,
        ignore=names(options.ignore) if options.ignore is not None else settings.ignore,
        per_file_ignores=per_file_ignores(path, settings, home),
        level=Severity(options.level) if options.level is not None else settings.level,
        origins=(
            "select in pyproject.toml" if options.select is None else "--select",
            "ignore in pyproject.toml" if options.ignore is None else "--ignore",
        ),
        baseline=baseline.read(known) if known is not None and options.write_baseline is None else None,
        changes=changes.since(since, path) if since is not None else None,
    )


def _cache(options: argparse.Namespace, settings: Settings) -> Cache | None:
    folder = None if options.no_cache or not settings.cache else default_folder()
    return Cache(folder) if folder is not None else None
