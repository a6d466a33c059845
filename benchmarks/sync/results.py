"""What a run found, as JSON: everything that is shown elsewhere is rendered from it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Literal, TypedDict, cast

from benchmarks.sync.case import Case
from benchmarks.sync.measure import Measures
from benchmarks.sync.sample import Measure, scaling
from benchmarks.sync.scaling import LEAST
from benchmarks.sync.startup import Startup
from benchmarks.sync.targets import IMPORT_MILLISECONDS, Target, missed_by, values

VERSION = 1  # of the format; results.schema.json describes it


class MeasureResult(TypedDict):
    """Nanoseconds per operation and thread."""

    median: float
    lower_quartile: float
    upper_quartile: float
    samples: int
    dropped: int


class CaseResult(TypedDict):
    """A case on one thread and on two; scaling is throughput on two threads over throughput on one."""

    operation: str
    contender: str
    sharing: str
    statements: list[str]
    may_wait: bool
    threads: dict[str, MeasureResult]
    scaling: float | None


class TargetResult(TypedDict):
    """A target, and what came of it; missed_by is a part of the bound."""

    says: str
    direction: Literal["at least", "at most"]
    bound: float
    measured: float
    missed_by: float
    limit: str


class MemberResult(TypedDict):
    """How a member scales on objects of their own."""

    member: str
    scaling: float


class StartupResult(TypedDict):
    """How long `import ungil` takes, and what it loads."""

    milliseconds: float
    processes: int
    modules: list[str]
    third_party: list[str]


class Results(TypedDict):
    """A run."""

    version: int
    ungil: str
    python: str
    peers: dict[str, str]
    machine: dict[str, object]
    cases: list[CaseResult]
    targets: list[TargetResult]
    members: list[MemberResult]
    members_without_a_statement: list[str]
    startup: StartupResult


def case_results(cases: Iterable[Case], measures: Measures) -> list[CaseResult]:
    """The cases in their order."""
    return [_case(case, measures[case.name]) for case in cases]


def _case(case: Case, found: dict[int, Measure]) -> CaseResult:
    statements = list(dict.fromkeys((*case.statements, *case.second)))
    return {
        "operation": case.operation,
        "contender": case.contender,
        "sharing": str(case.sharing),
        "statements": statements,
        "may_wait": case.blocking,
        "threads": {str(threads): _measure(measure) for threads, measure in found.items()},
        "scaling": round(scaling(found[1].median, found[2].median), 2) if 1 in found else None,
    }


def _measure(measure: Measure) -> MeasureResult:
    return {
        "median": round(measure.median, 2),
        "lower_quartile": round(measure.lower, 2),
        "upper_quartile": round(measure.upper, 2),
        "samples": measure.samples,
        "dropped": measure.dropped,
    }


def as_measures(cases: Iterable[CaseResult]) -> Measures:
    """The medians and quartiles that were written."""
    return {
        f"{case['operation']} / {case['contender']} / {case['sharing']}": {
            int(threads): Measure(*cast("tuple[float, float, float, int, int]", tuple(measure.values())))
            for threads, measure in case["threads"].items()
        }
        for case in cases
    }


def target_results(
    cases: Iterable[CaseResult], members: Iterable[MemberResult], startup: StartupResult
) -> list[TargetResult]:
    """Every target's verdict, from the numbers as they are written, so that a reader comes to the same."""
    found = [_target(target, value) for target, value in values(as_measures(cases)).items()]
    slowest = min(members, key=lambda one: one["scaling"])
    worst = f"every member, distinct: the one that scales least on two threads over one ({slowest['member']})"
    imports = "import ungil: milliseconds"
    return [
        *found,
        _verdict(worst, slowest["scaling"], LEAST, at_least=True),
        _verdict(imports, startup["milliseconds"], IMPORT_MILLISECONDS, at_least=False),
    ]


def _target(target: Target, value: float) -> TargetResult:
    return {**_verdict(target.says, value, target.bound, at_least=target.at_least), "limit": target.limit}


def _verdict(says: str, measured: float, bound: float, *, at_least: bool) -> TargetResult:
    return {
        "says": says,
        "direction": "at least" if at_least else "at most",
        "bound": bound,
        "measured": round(measured, 2),
        "missed_by": round(missed_by(measured, bound, at_least=at_least), 3),
        "limit": "",
    }


def member_results(scalings: dict[str, float]) -> list[MemberResult]:
    """The members in the order in which they were measured."""
    return [{"member": name, "scaling": round(ratio, 2)} for name, ratio in scalings.items()]


def startup_result(startup: Startup) -> StartupResult:
    """What `import ungil` takes."""
    return {
        "milliseconds": round(startup.milliseconds, 2),
        "processes": startup.processes,
        "modules": startup.modules,
        "third_party": startup.foreign,
    }


def findings(results: Results) -> list[str]:
    """What is not as it should be, a line each."""
    missed = [one for one in results["targets"] if one["missed_by"] > 0]
    slow = [one for one in results["members"] if one["scaling"] < LEAST]
    return [
        *(f"missed by {one['missed_by']:.0%}: {one['says']}" for one in missed),
        *(f"does not scale: {one['member']}, x{one['scaling']:.2f}" for one in slow),
        *(f"not measured, write a statement: {name}" for name in results["members_without_a_statement"]),
        *(f"imported by `import ungil`: {name}" for name in results["startup"]["third_party"]),
    ]


def dump(results: Results) -> str:
    """JSON, a line for each number that a later run may change."""
    return json.dumps(results, indent=1, ensure_ascii=False) + "\n"


def load(path: Path) -> Results:
    """The results of an earlier run."""
    return cast("Results", json.loads(path.read_text(encoding="utf-8")))


def write(path: Path, text: str) -> None:
    """The whole text, or what was there before."""
    partial = path.with_name(path.name + ".partial")
    partial.write_text(text, encoding="utf-8", newline="\n")
    partial.replace(path)
