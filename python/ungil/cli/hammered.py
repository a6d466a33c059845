"""What ``ungil hammer`` reports of a hunt, and the options that say so."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from ungil.audit import Policy, baseline
from ungil.cli.formats import add_output, forms_of, names, style_for
from ungil.cli.rules import every_rule
from ungil.errors import ExitCode, OutputError, UsageError
from ungil.files import write_whole
from ungil.finding import Severity
from ungil.hazards import hazards
from ungil.lines import Lines
from ungil.report.hammer.formats import render
from ungil.report.terminal import Style
from ungil.stress.coverage import Coverage, Driven
from ungil.stress.hammer.findings.conclusion import Conclusion, Proof, conclude
from ungil.stress.hammer.processes.result import Result
from ungil.stress.sources import Gathered

__all__ = ["add_reporting", "conclusion_of", "policy_of", "refuse_scripts", "report"]


def add_reporting(parser: argparse.ArgumentParser) -> None:
    """Adds the options."""
    group = parser.add_argument_group("what is reported")
    hazards = "hazards by code (UG905) or name, with commas between; may be repeated"
    group.add_argument("--select", metavar="HAZARDS", action="append", help=f"report these alone: {hazards}")
    group.add_argument("--ignore", metavar="HAZARDS", action="append", help="do not report these, even if selected")
    levels = [str(severity) for severity in Severity]
    group.add_argument("--level", choices=levels, default="warning", help="the least serious level (default: warning)")
    known = group.add_mutually_exclusive_group()
    known.add_argument("--baseline", metavar="FILE", type=Path, help="do not report what this file lists as known")
    known.add_argument("--write-baseline", metavar="FILE", type=Path, help="write what is found to FILE, as known")
    proof = parser.add_argument_group("confirmation")
    proof.add_argument(
        "--confirm",
        metavar="SECONDS",
        type=_seconds,
        default=10.0,
        help="how long each finding is tried in plain Python threads; 0 only leaves its script (default: 10)",
    )
    proof.add_argument(
        "--scripts",
        metavar="FOLDER",
        type=Path,
        default=Path("ungil-hammer"),
        help="where scripts are left that show what is found (default: ungil-hammer)",
    )
    add_output(parser)


def policy_of(options: argparse.Namespace) -> Policy:
    """What is to be reported: to be asked before the work, since it may be wrong.

    Raises:
        BaselineError: there is no such baseline, or it is none.
        UsageError: a hazard that does not exist is named.
    """
    policy = Policy(
        select=names(options.select or []),
        ignore=names(options.ignore or []),
        level=Severity(options.level),
        baseline=baseline.read(options.baseline) if options.baseline else None,
        origins=("--select", "--ignore"),
    )
    if policy.select or policy.ignore:
        policy.selected(hazards(), every_rule())
    return policy


def refuse_scripts(options: argparse.Namespace) -> None:
    """Looks where scripts are to be left: before the work, since only what is found then is left there.

    Raises:
        UsageError: nothing can be left there.
    """
    folder = options.scripts.absolute()
    there = next(one for one in [folder, *folder.parents] if one.exists())
    if there.is_dir() and os.access(there, os.W_OK | os.X_OK):
        return
    why = "cannot be written to" if there.is_dir() else "is no folder"
    raise UsageError(
        f"No script can be left in '{options.scripts}': '{there}' {why}.", "Name another folder: --scripts FOLDER"
    )


def conclusion_of(
    options: argparse.Namespace,
    policy: Policy,
    result: Result,
    gathered: Gathered | None,
    progress: Callable[[str], None],
) -> Conclusion:
    """The findings of a hunt, tried in plain threads and judged."""
    return conclude(
        result,
        root=Path.cwd(),
        policy=policy,
        proof=Proof(seconds=options.confirm, folder=options.scripts),
        coverage=_coverage(result, gathered) if gathered else None,
        report=progress,
    )


def report(options: argparse.Namespace, conclusion: Conclusion) -> ExitCode:
    """Writes and prints the reports, or the baseline, and says whether anything was found.

    Of a hunt that was interrupted there is no baseline, which would be taken for all that there is.

    Raises:
        OutputError: a file cannot be written. What was found has been printed then.
    """
    interrupted = conclusion.result.interrupted
    if options.write_baseline is not None and not interrupted:
        _write_baseline(options.write_baseline, conclusion)
        return ExitCode.CLEAN
    if options.write_baseline is not None:
        print("ungil: interrupted, so no baseline is written", file=sys.stderr)
    forms = forms_of(options)
    errors = [error for one in forms if one.file and (error := _written(conclusion, one.name, one.file))]
    printed = [one.name for one in forms if one.file is None]
    for name in printed or ["text"] * bool(errors):
        sys.stdout.write(render(conclusion, name, style_for(sys.stdout)))
    if errors:
        raise errors[0]
    if interrupted:
        return ExitCode.INTERRUPTED
    return ExitCode.FINDINGS if conclusion.audit.findings else ExitCode.CLEAN


def _written(conclusion: Conclusion, name: str, file: Path) -> OutputError | None:
    """Why a report could not be written: the others have to be, before that is said."""
    try:
        write_whole(file, render(conclusion, name, Style(colour=False)).encode("utf-8", "replace"))
    except OutputError as error:
        return error
    return None


def _write_baseline(file: Path, conclusion: Conclusion) -> None:
    audit = conclusion.audit
    try:
        number = baseline.write(file, audit.findings, Lines(audit.project))
    except OutputError:
        sys.stdout.write(render(conclusion, "text", style_for(sys.stdout)))
        raise
    known = "1 finding is" if number == 1 else f"{number:,} findings are"
    print(f"ungil: {known} now known in {file}", file=sys.stderr)


def _coverage(result: Result, gathered: Gathered) -> Coverage:
    left_out = {(left.model, left.what.partition("(")[0]): left.reason for left in result.left_out}
    return gathered.coverage(_driven(result), left_out)


def _driven(result: Result) -> Iterator[Driven]:
    """The operations that ran beside others."""
    for model in result.models:
        effort = result.effort.get(model.name)
        ran = {name for pair, (runs, _) in effort.pairs.items() if runs for name in pair} if effort else set()
        for operation in model.operations:
            if operation.name in ran:
                yield model.owner(operation), operation.name, operation.source


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 <= seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"'{text}' is not a number of seconds, nor 0")
    return seconds
