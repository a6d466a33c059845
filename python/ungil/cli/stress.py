"""``ungil stress``: a project's own tests, alone and then in threads, on a free-threaded build."""

from __future__ import annotations

import argparse
import math
import sys
from functools import partial
from pathlib import Path

from ungil.cli.command import Subparsers
from ungil.cli.formats import add_output, forms_of
from ungil.cli.progress import Progress
from ungil.cli.reporting import add_selection, deliver, policy_of, write_baseline
from ungil.errors import ExitCode, UsageError
from ungil.report.suite.formats import render
from ungil.stress.suite.findings import SUITE_HAZARDS, conclude
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
    add_selection(parser, "UG912")
    add_output(parser)
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


def run(options: argparse.Namespace) -> ExitCode:
    """Runs the tests, prints, and says by its exit code whether anything was found."""
    policy, _ = policy_of(options, SUITE_HAZARDS), forms_of(options)  # what is wrong with them is said before the work
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
    code, told = ExitCode.CLEAN, partial(render, conclusion)
    if options.write_baseline is not None:
        write_baseline(options.write_baseline, conclusion.audit, told)
    else:
        deliver(options, told)
        code = ExitCode.FINDINGS if conclusion.audit.findings else ExitCode.CLEAN
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
