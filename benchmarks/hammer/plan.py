"""Who runs when: a slow moment of the machine meets all methods, and none of them is always the first."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.hammer.hammer import HAMMER
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
        twin_seeds: the same, on each twin, of the method from which false alarms are counted; others run once there.
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
    seeds = plan.twin_seeds if twin else plan.seeds
    for seed in seeds:
        taking_part = [method for method in methods if not twin or method.name == HAMMER or seed == seeds[0]]
        for mutant in mutants:
            order = random.Random(f"{seed}/{mutant.name}").sample(taking_part, len(taking_part))  # noqa: S311 - no secret
            for method in order:
                attempt = method.run(mutant, twin=twin, seed=seed, cap=plan.cap)
                found[mutant.name][method.name].append(attempt)
                say(f"{'twin of ' if twin else ''}{mutant.name}, {method.name}: {attempt.how or 'nothing'}")
    return found
