"""The hammer itself, as it explores a model: in the process that is measured, without the one that watches over it.

python -m benchmarks.hammer.hammer MUTANT racy|twin SEED CAP
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.hammer.barrier import ALLOCATORS
from benchmarks.hammer.journal import Journal
from benchmarks.hammer.method import Attempt
from benchmarks.hammer.process import JOURNAL, watch
from tests.stress.mutants.catalogue import named
from tests.stress.mutants.mutant import Kind, Mutant

from ungil.stress.hammer.models.model import Scenario
from ungil.stress.hammer.runs.attempt import Method
from ungil.stress.hammer.runs.crew import NativeTurn, crew_of
from ungil.stress.hammer.runs.explore import Explorer
from ungil.stress.hammer.runs.text import loaded_text

__all__ = ["HAMMER", "Hammer"]

HAMMER = "ungil hammer"
"""The name of the method that the targets are about."""


@dataclass(frozen=True)
class Hammer:
    """A method."""

    name: str = HAMMER
    counts: str = "runs"
    says: str = "stops threads before one instruction after the other, and compares with every order of the calls"

    def run(self, mutant: Mutant, *, twin: bool, seed: int, cap: float) -> Attempt:
        """In a process of its own, with allocators that overwrite what is freed."""
        arguments = [mutant.name, "twin" if twin else "racy", str(seed), str(cap)]
        return watch([sys.executable, "-m", "benchmarks.hammer.hammer", *arguments], ALLOCATORS, cap)


class _Counting:
    """The journal that the explorer keeps: here, only how many runs there were."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._together = False

    def scenario(self, scenario: Scenario, method: Method) -> None:
        """Runs in order are no executions."""
        del scenario
        self._together = method is not Method.ORDER

    def run(self, owner: int, turns: Sequence[NativeTurn]) -> None:
        """One more."""
        del owner, turns
        if self._together:
            self._journal.count(1)


def _main(name: str, variant: str, seed: str, cap: str) -> None:
    mutant, twin = named(name), variant == "twin"
    module, model = mutant.load(twin=twin), mutant.model(twin=twin)
    journal = Journal(Path(os.environ[JOURNAL]))
    journal.start()
    with crew_of(3 if mutant.kind is Kind.THREE_THREADS else 2) as crew:
        explorer = Explorer(model, crew, loaded_text([str(module.__file__)]), _Counting(journal), int(seed))
        for _ in explorer.observations(time.monotonic() + float(cap)):
            journal.find("wrong")
            break
        os._exit(0)


if __name__ == "__main__":
    _main(*sys.argv[1:])
