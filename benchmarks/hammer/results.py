"""What a run found, as JSON: the page is rendered from it."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypedDict, cast

from benchmarks.hammer.method import Attempt, Method
from benchmarks.hammer.plan import Plan, Runs
from tests.stress.mutants.catalogue import named

VERSION = 1


class Run(TypedDict):
    """One run; `how` is empty where nothing was found."""

    how: str
    seconds: float
    executions: int


class Race(TypedDict):
    """A mutant and what each method made of it, and of its twin."""

    name: str
    kind: str
    harm: str
    language: str
    racy: dict[str, list[Run]]
    twin: dict[str, list[Run]]


class Described(TypedDict):
    """A method."""

    name: str
    counts: str
    says: str


class Results(TypedDict):
    """A whole run."""

    version: int
    ungil: str
    python: str
    cpu: str
    cpus: int
    system: str
    load: float
    versions: dict[str, str]
    cap: float
    seeds: list[int]
    methods: list[Described]
    races: list[Race]


class Machine(TypedDict):
    """Where a run takes place, and with what."""

    ungil: str
    python: str
    cpu: str
    cpus: int
    system: str
    load: float
    versions: dict[str, str]


def collect(machine: Machine, plan: Plan, methods: Sequence[Method], racy: Runs, twins: Runs) -> Results:
    """All of it."""
    mutants = [named(name) for name in racy]
    return {
        "version": VERSION,
        **machine,
        "cap": plan.cap,
        "seeds": list(plan.seeds),
        "methods": [{"name": one.name, "counts": one.counts, "says": one.says} for one in methods],
        "races": [
            {
                "name": mutant.name,
                "kind": mutant.kind.value,
                "harm": mutant.harm.value,
                "language": mutant.extension.language.value,
                "racy": _runs(racy[mutant.name]),
                "twin": _runs(twins[mutant.name]),
            }
            for mutant in mutants
        ],
    }


def _runs(found: dict[str, list[Attempt]]) -> dict[str, list[Run]]:
    return {
        method: [{"how": one.how, "seconds": round(one.seconds, 4), "executions": one.executions} for one in attempts]
        for method, attempts in found.items()
    }


def rate(runs: Iterable[Run]) -> float:
    """The share of runs that found something."""
    found = [bool(run["how"]) for run in runs]
    return sum(found) / len(found) if found else 0.0


def median(runs: Iterable[Run]) -> float:
    """Of seconds; a run that found nothing counts as all the time that it had."""
    return statistics.median([run["seconds"] for run in runs] or [0.0])


def all_runs(found: Results, method: str, variant: str = "racy") -> list[Run]:
    """Of a method, on all mutants or on all twins."""
    return [run for race in found["races"] for run in (race["racy"] if variant == "racy" else race["twin"])[method]]


def dump(found: Results) -> str:
    """As it stands in the file."""
    return json.dumps(found, indent=1) + "\n"


def load(path: Path) -> Results:
    """From a file.

    Raises:
        ValueError: it is of another version.
    """
    found = json.loads(path.read_text(encoding="utf-8"))
    if found.get("version") != VERSION:
        raise ValueError(f"{path} is of version {found.get('version')}, not {VERSION}: run make bench-hammer")
    return cast("Results", found)
