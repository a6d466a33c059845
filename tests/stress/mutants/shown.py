"""Runs mutants in threads that take turns, in a process that may die of it, and prints what came of each as JSON.

python -c "from tests.stress.mutants.shown import main; main()" turns|stops|repeat racy|twin NAME...
"""

from __future__ import annotations

import gc
import itertools
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.stress.mutants.catalogue import named
from tests.stress.mutants.mutant import Kind, Mutant
from tests.stress.mutants.outcome import Threads, sequential
from tests.stress.mutants.repeat import caught
from tests.stress.mutants.turns import Turn, Turned, parse, take_turns

from ungil.stress.hammer.models.model import Model

type Report = dict[str, object]

ROOT = Path(__file__).parents[3]
CALLEE = 100
"""Windows from here on are in a library that the extension calls."""
_DEADLINE = 110.0
_ALLOCATORS = {"PYTHONMALLOC": "debug", "MALLOC_PERTURB_": "165"}  # what is freed does not look as before
_START = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from tests.stress.mutants.shown import main; main()"


def in_child(what: str, variant: str, names: Sequence[str]) -> dict[str, Report]:
    """What the process reported of each mutant before it ended; of one in which it died, the report says so."""
    done = subprocess.run(
        [sys.executable, "-c", _START, what, variant, *names],
        env=os.environ | _ALLOCATORS,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=_DEADLINE,
        check=False,
    )
    reports: dict[str, Report] = {report["name"]: report for report in map(json.loads, done.stdout.splitlines())}
    if done.returncode != 0 and len(reports) < len(names):
        reports[names[len(reports)]] = {"verdict": "died" if done.returncode < 0 else done.stderr}
    return reports


def main() -> None:
    """The process."""
    gc.disable()
    what, variant, *names = sys.argv[1:]
    report = {"turns": _turns, "stops": _stops, "repeat": _repeat}[what]
    for name in names:
        print(json.dumps({"name": name, **report(named(name), variant == "twin")}), flush=True)
    os._exit(0)  # threads that wait for each other would be waited for


def _turns(mutant: Mutant, twin: bool) -> Report:  # noqa: FBT001 - one of three functions in a table
    """The scenario that shows it."""
    model = mutant.model(twin=twin, paused=True)
    threads, turns = mutant.threads(model), parse(mutant.turns)
    run = take_turns(model, threads, turns)
    wanted = sum(window != 0 for _, window in turns)
    return {"verdict": _verdict(run, sequential(model, threads)), "stops": run.stops, "wanted": wanted}


def _stops(mutant: Mutant, twin: bool) -> Report:  # noqa: FBT001 - the same
    """What is wrong in all scenarios of two threads in which A stops once, in the extension's own code.

    B makes whole calls; of a mutant that needs three threads, also those scenarios in which B stops once too.
    """
    model = mutant.model(twin=twin, paused=True)
    wrong: list[str] = []
    tried = 0
    for threads in _pairs(model):
        allowed = sequential(model, threads)
        stops = _double_stops if mutant.kind is Kind.THREE_THREADS else _single_stops
        for turns in stops(model, threads):
            tried += 1
            run = take_turns(model, threads, turns)
            if _verdict(run, allowed) != "sequential":
                wrong.append(f"{[[str(call) for call in calls] for calls in threads]}, {turns}: {run.outcome}")
    return {"tried": tried, "wrong": wrong}


def _repeat(mutant: Mutant, twin: bool) -> Report:  # noqa: FBT001 - the same
    return {"verdict": "wrong" if caught(mutant.model(twin=twin), seconds=1 if twin else 60) else "sequential"}


def _verdict(run: Turned, allowed: list[object]) -> str:
    if run.hung:
        return "hung"
    return "sequential" if run.outcome in allowed else "wrong"


def _pairs(model: Model) -> Iterator[Threads]:
    """A makes one call, B one or two."""
    for length in (1, 2):
        for first, *others in itertools.product(model.operations, repeat=1 + length):
            yield (first,), others


def _single_stops(model: Model, threads: Threads) -> Iterator[list[Turn]]:
    for stop in _to_each_window(model, threads, 0):
        yield [*stop, (1, 0), (0, 0)]


def _double_stops(model: Model, threads: Threads) -> Iterator[list[Turn]]:
    yield from _single_stops(model, threads)
    seconds = list(_to_each_window(model, threads[::-1], 1))
    for first, second in itertools.product(_to_each_window(model, threads, 0), seconds):
        yield [*first, *second, (0, 0), (1, 0)]


def _to_each_window(model: Model, threads: Threads, thread: int) -> Iterator[list[Turn]]:
    """The turns that take a thread to the first, the second... window that it comes by when it is alone."""
    reached = take_turns(model, threads, [(0, 0), (1, 0)]).windows
    own = [(thread, window) for window in reached if window < CALLEE]
    return (own[: last + 1] for last in range(len(own)))
