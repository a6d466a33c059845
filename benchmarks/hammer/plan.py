"""Who runs when: a slow moment of the machine meets all methods, and none of them is always the first."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.hammer.method import Attempt, Method
from tests.stress.mutants.mutant import Mutant

__all__ = ["Plan", "Runs", "run"]

type Runs = dict[str, dict[str, list[Attempt]]]
"""By mutant, by method, one for each seed."""


@dataclass(frozen=True)
class Plan:
    """How much to run.

    Attributes:
        cap: seconds of a run.
        seeds: one run of each method on each mutant for each of them.
        twin_seeds: the same, on each twin.
    """

    cap: float
    seeds: Sequence[int]
    twin_seeds: Sequence[int]


def run(
    plan: Plan, methods: Sequence[Method], mutants: Sequence[Mutant], *, twin: bool, say: Callable[[str], None]
) -> Runs:
    """All of it, one run after the other.

    Raises:
        BenchmarkError: a run could not be done.
    """
    found: Runs = {mutant.name: {method.name: [] for method in methods} for mutant in mutants}
    for mutant in mutants:
        mutant.load(twin=twin)  # compiled here, and not while a method runs
    for seed in plan.twin_seeds if twin else plan.seeds:
        for mutant in mutants:
            order = random.Random(f"{seed}/{mutant.name}").sample(methods, len(methods))  # noqa: S311 - no secret
            for method in order:
                attempt = method.run(mutant, twin=twin, seed=seed, cap=plan.cap)
                found[mutant.name][method.name].append(attempt)
                say(f"{'twin of ' if twin else ''}{mutant.name}, {method.name}: {attempt.how or 'nothing'}")
    return found
