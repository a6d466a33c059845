"""``ungil stress``: a project's own tests, alone and then in threads, on a free-threaded build."""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path

from ungil.audit import Policy, baseline
from ungil.cli.command import Subparsers
from ungil.cli.formats import add_output, forms_of, names, style_for, write_rendered
from ungil.cli.progress import Progress
from ungil.errors import ExitCode, OutputError, UsageError
from ungil.finding import Severity
from ungil.lines import Lines
from ungil.report.suite.formats import render
from ungil.report.terminal import Style
from ungil.stress.suite.findings import SUITE_HAZARDS, Conclusion, conclude
from ungil.stress.suite.model import Asked, Stressed
from ungil.stress.suite.run import stress_built, stress_here
from ungil.workshop import default_folder, open_workshop, refuse_nothing, unpacked

__all__ = ["add_to"]

MOST = 1000
"""Threads of a test, its runs in each, and repetitions."""

_EPILOG = """\
The project is built from a copy for a free-threaded Python, and its tests run there with pytest: alone first, so that
one that fails alone is not blamed on threads; then each in several threads at once. Everything runs in processes of
its own: one that crashes or hangs costs its test alone. What follows -- is for pytest.

Exit codes: 0 nothing found, 1 findings, 2 the job could not be done, 130 interrupted."""


def add_to(commands: Subparsers) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "stress",
        help="run a project's own tests in threads, on a free-threaded build",
        description="Runs a project's tests alone and then in threads, and tells what is racy from what is flaky.",
        usage="%(prog)s PATH [options] [-- OPTIONS OF PYTEST]",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("path", metavar="PATH", help="a folder, a source archive, or a release: name==version")
    parser.add_argument("pytest", nargs="*", metavar="...", help=argparse.SUPPRESS)
    _add_where(parser)
    _add_how_much(parser)
    _add_reporting(parser)
    parser.set_defaults(run=run)


def _add_where(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("where")
    group.add_argument("--here", action="store_true", help="test what is installed beside ungil, and build nothing")
    group.add_argument("--version", metavar="X.Yt", dest="wanted", default="3.14t", help="of Python (default: 3.14t)")
    group.add_argument("--python", metavar="FILE", default="", help="the interpreter to use, of that version")
    group.add_argument("--work", metavar="FOLDER", type=Path, help="where it is built (default: in the user's cache)")
    group.add_argument(
        "--with",
        metavar="REQUIREMENT",
        dest="more",
        action="append",
        default=[],
        help="what the tests need and the project does not name; may be repeated",
    )
    group.add_argument("--build-deadline", metavar="SECONDS", type=_seconds, default=600.0, help="default: 600")


def _add_how_much(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("how much")
    group.add_argument("--threads", metavar="N", type=_number, default=4, help="for each test (default: 4)")
    group.add_argument("--iterations", metavar="N", type=_number, default=2, help="in each thread (default: 2)")
    group.add_argument("--repeat", metavar="N", type=_number, default=2, help="the whole suite (default: 2)")
    group.add_argument(
        "--deadline", metavar="SECONDS", type=_seconds, default=900.0, help="for all runs (default: 900)"
    )
    group.add_argument(
        "--test-deadline",
        metavar="SECONDS",
        type=_seconds,
        default=60.0,
        help="for one test, beside what it needs for its runs in threads (default: 60)",
    )
    group.add_argument("-k", metavar="EXPRESSION", help="of the tests, those whose names match, as with pytest")


def _add_reporting(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what is reported")
    hazards = "hazards by code (UG912) or name, with commas between; may be repeated"
    group.add_argument("--select", metavar="HAZARDS", action="append", help=f"report these alone: {hazards}")
    group.add_argument("--ignore", metavar="HAZARDS", action="append", help="do not report these, even if selected")
    levels = [str(severity) for severity in Severity]
    group.add_argument("--level", choices=levels, default="warning", help="the least serious level (default: warning)")
    known = group.add_mutually_exclusive_group()
    known.add_argument("--baseline", metavar="FILE", type=Path, help="do not report what this file lists as known")
    known.add_argument("--write-baseline", metavar="FILE", type=Path, help="write what is found to FILE, as known")
    add_output(parser)


def run(options: argparse.Namespace) -> ExitCode:
    """Runs the tests, prints, and says by its exit code whether anything was found."""
    policy, _ = _policy(options), forms_of(options)  # what is wrong with them is said before the work
    asked = Asked(
        threads=options.threads,
        iterations=options.iterations,
        repeat=options.repeat,
        deadline=options.deadline,
        test_deadline=options.test_deadline,
        options=(*(["-k", options.k] if options.k else []), *options.pytest),
    )
    if asked.threads == 1:
        raise UsageError("In 1 thread nothing meets.", "Give --threads 2 or more.")
    with Progress(sys.stderr) as progress:
        conclusion = conclude(_stress(options, asked, progress), policy=policy)
    code = _report(options, conclusion)
    if not conclusion.stressed.in_threads:
        raise UsageError("No test ran in threads.", "Above is why; --deadline gives more time, -- -k other tests.")
    return code


def _stress(options: argparse.Namespace, asked: Asked, progress: Progress) -> Stressed:
    path = Path(options.path)
    if options.here:
        if not path.is_dir():
            raise UsageError(
                f"'{path}' is no folder.", "--here runs the tests of a folder; leave it out for a release."
            )
        return stress_here(path.resolve(), asked=asked, report=progress, project=options.path)
    refuse_nothing(options.path)
    within = options.work is not None and path.is_dir() and options.work.resolve().is_relative_to(path.resolve())
    if within and ".ungil" not in options.work.parts:
        raise UsageError(f"'{options.work}' lies in the project that is to be copied there.", "Name one beside it.")
    work = options.work or default_folder(options.path)
    shop = open_workshop(work, options.wanted, python=options.python, report=progress)
    source = unpacked(options.path, work / "source")
    wheel = shop.build(source, deadline=options.build_deadline)
    return stress_built(
        shop,
        source,
        wheel,
        asked=asked,
        build_deadline=options.build_deadline,
        more=options.more,
        project=options.path,
    )


def _policy(options: argparse.Namespace) -> Policy:
    policy = Policy(
        select=names(options.select or []),
        ignore=names(options.ignore or []),
        level=Severity(options.level),
        baseline=baseline.read(options.baseline) if options.baseline else None,
        origins=("--select", "--ignore"),
    )
    if policy.select or policy.ignore:
        from ungil.cli.rules import every_rule  # noqa: PLC0415 - they take time to load

        policy.selected(SUITE_HAZARDS, every_rule())
    return policy


def _report(options: argparse.Namespace, conclusion: Conclusion) -> ExitCode:
    """Writes and prints the reports, or the baseline.

    Raises:
        OutputError: a file cannot be written. What was found has been printed then.
    """
    if options.write_baseline is not None:
        number = baseline.write(options.write_baseline, conclusion.audit.findings, Lines(conclusion.audit.project))
        known = "1 finding is" if number == 1 else f"{number:,} findings are"
        print(f"ungil: {known} now known in {options.write_baseline}", file=sys.stderr)
        return ExitCode.CLEAN
    errors: list[OutputError] = []
    forms = forms_of(options)
    for one in forms:
        if one.file is not None:
            try:
                write_rendered(one.file, render(conclusion, one.name, Style(colour=False)))
            except OutputError as error:
                errors.append(error)
    for name in [one.name for one in forms if one.file is None] or ["text"] * bool(errors):
        sys.stdout.write(render(conclusion, name, style_for(sys.stdout)))
    if errors:
        raise errors[0]
    return ExitCode.FINDINGS if conclusion.audit.findings else ExitCode.CLEAN


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not (seconds > 0 and math.isfinite(seconds)):
        raise argparse.ArgumentTypeError(f"'{text}' is not a number of seconds above 0")
    return seconds


def _number(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if not 1 <= number <= MOST:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number from 1 to {MOST}")
    return number
