"""What the runs came to, as JSON: of each, what its evidence says, in numbers and sentences."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any, TypedDict, cast

from benchmarks.audit.measure import BenchmarkError

from ungil.port.evidence import Evidence, Point, Stage

__all__ = ["Results", "Went", "dump", "load", "summary"]

VERSION = 1


class Went(TypedDict):
    """One release on the road.

    Attributes are those of the evidence, shortened: `steps` by stage with how it ended, its seconds and its sentence;
    `modules` by name with what is declared, how it stands, and the verdict; `findings` by stage and slug; `scaling` by
    build, how many times what one thread does two do. `code` is the exit code.
    """

    target: str
    made_with: str
    why: str
    code: int
    seconds: float
    steps: dict[str, tuple[str, float, str]]
    modules: dict[str, tuple[str, str, str]]
    findings: dict[str, dict[str, int]]
    tests: tuple[int, int, int]
    runs: int
    members: tuple[int, int]
    scaling: dict[str, float]
    notes: list[str]


class Results(TypedDict):
    """All of them, and where they ran."""

    version: int
    ungil: str
    python: str
    compiler: str
    cpu: str
    cpus: int
    system: str
    load: float
    budget: float
    seconds: float
    went: list[Went]


def summary(evidence: Evidence, about: tuple[str, str, str], code: int) -> Went:
    """What is kept of a run; ``about`` is the release: its target, what it is made with, and why it was chosen."""
    stressed, hammered, scaled = evidence.stressed, evidence.hammered, evidence.scaled
    findings: dict[str, Counter[str]] = {}
    for one in evidence.findings:
        findings.setdefault(str(one.stage), Counter())[one.finding.slug] += 1
    target, made_with, why = about
    return {
        "target": target,
        "made_with": made_with,
        "why": why,
        "code": code,
        "seconds": round(evidence.seconds, 1),
        "steps": {str(one.stage): (str(one.reached), round(one.seconds, 1), one.why) for one in evidence.steps},
        "modules": {one.name: (one.declared, one.stands, one.verdict) for one in evidence.modules},
        "findings": {stage: dict(sorted(found.items())) for stage, found in findings.items()},
        "tests": (stressed.passed_in_threads, stressed.in_threads, stressed.collected) if stressed else (0, 0, 0),
        "runs": hammered.executions if hammered else 0,
        "members": (hammered.driven, hammered.members) if hammered else (0, 0),
        "scaling": {
            build: _times(points)
            for build, points in (("3.14t", scaled.free_threaded), ("3.14", scaled.gil_enabled))
            if points
        }
        if scaled
        else {},
        "notes": [*(scaled.notes if scaled else ()), *evidence.notes],
    }


def _times(points: tuple[Point, ...]) -> float:
    return round(points[-1].median / points[0].median, 2)


def dump(found: Results) -> str:
    """As it is written."""
    return json.dumps(found, indent=1, ensure_ascii=False) + "\n"


def load(path: Path) -> Results:
    """What was written.

    Raises:
        BenchmarkError: it is of another version.
    """
    plain: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if plain.get("version") != VERSION:
        raise BenchmarkError(f"{path} is not of version {VERSION}")
    return cast("Results", plain)


STAGES = [str(stage) for stage in Stage]
