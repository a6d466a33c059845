"""``ungil hammer``: find races in a compiled extension, without its source."""

from __future__ import annotations

import argparse
import math
import random
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from ungil.cli.command import Subparsers
from ungil.cli.formats import forms_of
from ungil.cli.hammered import add_reporting, conclusion_of, refuse_scripts, report
from ungil.cli.progress import Progress
from ungil.cli.reporting import policy_of
from ungil.errors import ExitCode, OutputError, UsageError
from ungil.hazards import hazards
from ungil.stress.gil import free_threaded_build
from ungil.stress.hammer.hunt import hunt
from ungil.stress.hammer.processes.catalogue import Catalogue
from ungil.stress.hammer.processes.job import Target
from ungil.stress.hammer.processes.record import Record, fingerprints, observation_json
from ungil.stress.hammer.processes.result import Result
from ungil.stress.hammer.processes.series import Processes, Settings
from ungil.stress.hammer.replay import Replayed, replay
from ungil.stress.harvest.run import harvest, is_harvest
from ungil.stress.sources import Gathered, Sources, gather

__all__ = ["add_to"]

_EPILOG = """\
One thread is stopped before one instruction of a call, another thread makes its call, the first one goes on: if what
comes out is what no order of the two calls comes to, there is a race. The module runs in processes of its own, so that
it may crash or hang.

Exit codes: 0 nothing found, 1 findings, 2 the job could not be done, 130 interrupted."""

_GIL_OFF = "--force-gil-off"


def add_to(commands: Subparsers) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "hammer",
        help="find races in a compiled extension, without its source",
        description="Makes calls to an extension in several threads, stops them where it hurts, and compares.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("module", metavar="MODULE", help="what is imported, as in 'import MODULE'")
    parser.add_argument("--model", metavar="FILE", help="a Python file that says what is made and called")
    parser.add_argument(
        "--harvest", metavar="TESTS", help="a file or folder of tests whose calls are taken; or the folder of a harvest"
    )
    parser.add_argument(
        "--allow",
        metavar="NAME",
        action="append",
        default=[],
        help="call also this function, although its name or a parameter looks dangerous; may be repeated",
    )
    parser.add_argument("--budget", metavar="SECONDS", type=_seconds, default=60.0, help="default: 60")
    parser.add_argument("--seed", metavar="N", type=int, help="repeat the choices of an earlier run")
    parser.add_argument("--threads", type=int, choices=[2, 3], default=2, help="default: 2")
    parser.add_argument("--no-breakpoints", action="store_true", help="single-step to where threads stop: slower")
    parser.add_argument(_GIL_OFF, action="store_true", help="hammer a module that turns the GIL on, with PYTHON_GIL=0")
    parser.add_argument("--save", metavar="FILE", type=Path, help="write what is found to FILE, for --replay")
    parser.add_argument("--replay", metavar="FILE", type=Path, help="only make again what --save has written")
    add_reporting(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> ExitCode:
    """Hunts or replays, prints, and says by its exit code whether anything was found."""
    if not free_threaded_build():
        raise UsageError(
            "This is a GIL-enabled build of Python: threads take turns in an extension, and none can be raced.",
            "Install the module and ungil for a free-threaded one: 'ungil python 3.14t' gets it, and prints its path.",
        )
    settings = Settings(
        budget=options.budget,
        seed=random.SystemRandom().randrange(2**32) if options.seed is None else options.seed,
        threads=options.threads,
        breakpoints=not options.no_breakpoints,
        gil_off=options.force_gil_off,
    )
    with tempfile.TemporaryDirectory(prefix="ungil-harvest-") as folder:
        return (_replay if options.replay else _hunt)(options, settings, Path(folder))


def _target(
    options: argparse.Namespace, settings: Settings, folder: Path, report: Callable[[str], None]
) -> tuple[Target, Gathered | None]:
    """What is hammered: what a model file names, or else what tests do, and what signatures tell of the rest."""
    if options.model and not options.harvest:
        return Target(module=options.module, model=options.model), None
    notes: list[str] = []
    if options.harvest and is_harvest(Path(options.harvest)):
        folder = Path(options.harvest)
    elif options.harvest:
        report(f"running {options.harvest}, to see what it does to {options.module}")
        notes = harvest(options.module, [options.harvest], folder).notes()
    report(f"looking at {options.module}")
    sources = Sources(
        target=options.module,
        model=Path(options.model) if options.model else None,
        harvest=folder if options.harvest else None,
        seed=settings.seed,
        allowed=tuple(options.allow),
    )
    gathered = replace(gather(sources), notes=notes)
    makers = [(maker.function, maker.arguments) for maker in gathered.makers]
    return Target(module=options.module, model=options.model, makers=makers), gathered


def _hunt(options: argparse.Namespace, settings: Settings, folder: Path) -> ExitCode:
    policy, _ = policy_of(options, hazards()), forms_of(options)  # what is wrong with them is said before the work
    refuse_scripts(options)
    with Progress(sys.stderr) as progress:
        target, gathered = _target(options, settings, folder, progress)
        progress(f"importing {target.module}")
        result = hunt(target, settings, progress)
        _refuse_gil(result)
        unsaved = _save(result, options.save) if options.save else None
        result.notes[:0] = gathered.notes if gathered else ()
        conclusion = conclusion_of(options, policy, result, gathered, progress)
    code = report(options, conclusion)
    if unsaved:
        raise unsaved
    if not (result.interrupted or result.executions or result.observations):
        why = "All that there is was left out." if result.left_out else "The time was over before anything ran."
        raise UsageError(f"Nothing was hammered. {why}", "Write a model file with other calls, or give more --budget.")
    return code


def _save(result: Result, file: Path) -> OutputError | None:
    """Save at once, since what comes next takes long; that it cannot be, is for after the report."""
    catalogue = Catalogue(result.models)
    observations = [observation_json(one, catalogue) for one in result.observations]
    files = fingerprints(result.files)
    record = Record(module=result.target.module, seed=result.seed, files=files, observations=observations)
    try:
        record.write(file)
    except OutputError as error:
        return error
    return None


def _replay(options: argparse.Namespace, settings: Settings, folder: Path) -> ExitCode:
    record = Record.read(options.replay)
    if options.seed is None and record.seed is not None:
        settings = replace(settings, seed=record.seed)
    with Progress(sys.stderr) as progress:
        one = Processes(_target(options, settings, folder, progress)[0], settings)
        replayed = replay(record, one, progress)
    _refuse_gil(one.result)
    for each in replayed:
        print(f"{each.kind} of {each.text}: {_how_often(each)}")
    for note in one.result.notes:
        print(f"note: {note}")
    if one.result.interrupted:
        print(f"note: Interrupted: {len(replayed)} of {len(record.observations)} attempts were made.")
        return ExitCode.INTERRUPTED
    if not replayed:
        print("note: Nothing was found when this was saved, so there was nothing to make again.")
    elif all(each.why_not for each in replayed):
        raise UsageError(
            "Nothing could be made again.", "Give the module and the options with which it was saved, or hammer again."
        )
    return ExitCode.FINDINGS if any(each.failed for each in replayed) else ExitCode.CLEAN


def _refuse_gil(result: Result) -> None:
    """A module that has turned the GIL on before anything ran is not hammered."""
    if result.gil and not result.executions:
        raise UsageError(
            f"The GIL came on {result.gil}, so threads take turns and nothing was hammered.",
            f"Have the extension declare Py_MOD_GIL_NOT_USED, or hammer it nevertheless: {_GIL_OFF}",
        )


def _how_often(replayed: Replayed) -> str:
    if replayed.why_not:
        return f"not made: {replayed.why_not}"
    return f"failed {replayed.failed} of {replayed.tries} times"


def _seconds(text: str) -> float:
    seconds = float(text)
    if not (seconds > 0 and math.isfinite(seconds)):
        raise argparse.ArgumentTypeError(f"'{text}' is not a number of seconds above 0")
    return seconds
