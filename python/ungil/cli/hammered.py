"""What ``ungil hammer`` reports of a hunt, and the options that say so."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from ungil.audit import Policy
from ungil.cli.formats import add_output
from ungil.cli.reporting import add_selection, deliver, write_baseline
from ungil.errors import ExitCode, UsageError
from ungil.report.hammer.formats import render
from ungil.stress.coverage import Coverage, Driven
from ungil.stress.hammer.findings.conclusion import Conclusion, Proof, conclude
from ungil.stress.hammer.processes.result import Result
from ungil.stress.sources import Gathered

__all__ = ["add_reporting", "conclusion_of", "refuse_scripts", "report"]


def add_reporting(parser: argparse.ArgumentParser) -> None:
    """Adds the options."""
    add_selection(parser, "UG905")
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
    told = partial(render, conclusion)
    interrupted = conclusion.result.interrupted
    if options.write_baseline is not None and not interrupted:
        write_baseline(options.write_baseline, conclusion.audit, told)
        return ExitCode.CLEAN
    if options.write_baseline is not None:
        print("ungil: interrupted, so no baseline is written", file=sys.stderr)
    deliver(options, told)
    if interrupted:
        return ExitCode.INTERRUPTED
    return ExitCode.FINDINGS if conclusion.audit.findings else ExitCode.CLEAN


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
