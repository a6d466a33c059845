"""What a hunt drove, in numbers that every report says."""

from __future__ import annotations

import platform
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from ungil.report.counting import count
from ungil.stress.hammer.findings.conclusion import Conclusion
from ungil.stress.hammer.models.model import Contract, Model, Scenario
from ungil.stress.hammer.runs.trials import Effort

__all__ = ["Drive", "Gap", "Pair", "by_reason", "drives", "gaps", "how", "limits"]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two operations that ran beside each other.

    Attributes:
        first: the one whose thread was stopped.
        second: the one that ran meanwhile.
        runs: how often.
        stops: in how many of these a thread was stopped.
    """

    first: str
    second: str
    runs: int
    stops: int


@dataclass(frozen=True, slots=True)
class Drive:
    """What was done to one model.

    Attributes:
        name, source: of the model.
        operations: by name.
        pairs: all that its contract permits, also those that never ran; none if nobody has counted.
        executions: concurrent runs, those with more calls or threads included.
        readers: only calls that change nothing were made beside each other, as its contract says.
        counted: whether the numbers are known: a process that dies takes those of its last moments with it.
    """

    name: str
    source: str
    operations: tuple[str, ...]
    pairs: tuple[Pair, ...]
    executions: int
    readers: bool
    counted: bool

    @property
    def stopped(self) -> list[Pair]:
        """The pairs in which a thread was stopped."""
        return [pair for pair in self.pairs if pair.stops]


@dataclass(frozen=True, slots=True, order=True)
class Gap:
    """What was never driven, or never with a thread stopped in it, and why."""

    what: str
    why: str


def drives(conclusion: Conclusion) -> list[Drive]:
    """What was done, model by model."""
    result = conclusion.result
    seen = {one.attempt.scenario.model.name for one in result.observations}
    return [
        _drive(model, result.effort.get(model.name, Effort()), has_shown=model.name in seen) for model in result.models
    ]


def _drive(model: Model, effort: Effort, *, has_shown: bool) -> Drive:
    names = tuple(dict.fromkeys(operation.name for operation in model.operations))
    ran = {(key[0], key[1]): numbers for key, numbers in effort.pairs.items() if len(key) == 2}  # noqa: PLR2004
    readers = model.contract is Contract.READERS
    wanted = dict.fromkeys([*([] if readers else product(names, names)), *ran])
    pairs = tuple(Pair(first, second, *ran.get((first, second), [0, 0])) for first, second in wanted)
    counted = effort.executions > 0 or not has_shown
    return Drive(
        name=model.name,
        source=model.source,
        operations=names,
        pairs=pairs if counted else (),
        executions=effort.executions,
        readers=readers,
        counted=counted,
    )


def gaps(conclusion: Conclusion) -> list[Gap]:
    """What this hunt says nothing about, as far as that is known."""
    result = conclusion.result
    found = [Gap(f"{left.model}: {left.what}" if left.what else left.model, left.reason) for left in result.left_out]
    for model, effort in result.effort.items():
        found += [
            Gap(f"{model}.{name}", f"no thread was stopped in it: it {why}") for name, why in effort.unreached.items()
        ]
    met = {_met(one.attempt.scenario) for one in result.observations}  # what has shown something is not tried again
    for drive in drives(conclusion):
        missing = [
            f"{pair.first} beside {pair.second}"
            for pair in drive.pairs
            if not pair.runs and (drive.name, *sorted((pair.first, pair.second))) not in met
        ]
        if missing:
            found.append(Gap(f"{drive.name}: {_some(missing)}", "the time was over"))
    if conclusion.coverage:
        for reach in conclusion.coverage.reaches:
            if not reach.sources:
                found.append(Gap(f"{reach.owner.rpartition(':')[2]}.{reach.member}", reach.why))
    return found


def _met(scenario: Scenario) -> tuple[str, ...]:
    """The model and the calls, whoever makes them."""
    return (scenario.model.name, *sorted(call.name for calls in scenario.threads for call in calls))


def by_reason(found: list[Gap]) -> list[tuple[str, list[str]]]:
    """The reasons, the most frequent first, each with what it is a reason for."""
    reasons: dict[str, list[str]] = defaultdict(list)
    for gap in found:
        reasons[gap.why].append(gap.what)
    return sorted(reasons.items(), key=lambda pair: (-len(pair[1]), pair[0]))


def how(conclusion: Conclusion) -> Iterator[str]:
    """How it was done: what somebody needs to do it again."""
    result = conclusion.result
    stopped = f"stopped by {result.stepping}" if result.stepping else "which were not stopped"
    runs = count(result.executions, "concurrent run")
    yield f"{count(result.threads, 'thread')}, {stopped}; {runs} in {result.seconds:.0f} s"
    if conclusion.coverage:
        yield f"driven: {conclusion.coverage.summary}"
    yield f"seed {result.seed}: --seed {result.seed} makes the same choices again"
    implementation = platform.python_implementation()
    yield f"{implementation} {platform.python_version()}, {_gil(conclusion)}, {sys.platform} on {platform.machine()}"


def _gil(conclusion: Conclusion) -> str:
    result = conclusion.result
    if result.gil:
        return f"until the GIL came on {result.gil}"
    return "with the GIL kept off against the module's word" if result.gil_off else "GIL off"


def limits(conclusion: Conclusion) -> str:
    """What nobody may conclude from it."""
    runs = count(conclusion.result.executions, "run")
    return (
        f"What was not driven, and what takes more stops, more threads or more calls than these {runs} had, is not "
        "shown: that nothing was found is no proof that there are no races."
    )


def _some(names: list[str], most: int = 6) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most:,} more pairs" if len(names) > most else "")
