"""A plain stress test: four Python threads, let go by a barrier, on objects that they share, and an invariant.

python -m benchmarks.hammer.barrier MUTANT racy|twin SEED CAP
"""

from __future__ import annotations

import os
import random
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

from benchmarks.hammer.invariants import THREADS, Stress
from benchmarks.hammer.journal import Journal
from benchmarks.hammer.method import Attempt
from benchmarks.hammer.more_invariants import stress_of
from benchmarks.hammer.process import JOURNAL, watch
from tests.stress.mutants.catalogue import named
from tests.stress.mutants.mutant import Mutant

__all__ = ["Barrier"]

ALLOCATORS = {"PYTHONMALLOC": "debug", "MALLOC_PERTURB_": "165"}


@dataclass(frozen=True)
class Barrier:
    """A method.

    Attributes:
        allocators: whether what is freed is overwritten, so that its use is seen more often.
    """

    allocators: bool = False
    counts: str = "calls"

    @property
    def name(self) -> str:
        """With its allocators."""
        return "barrier stress, debugging allocators" if self.allocators else "barrier stress"

    @property
    def says(self) -> str:
        """With its allocators."""
        how = ", with allocators that overwrite what is freed" if self.allocators else ""
        return f"lets 4 Python threads call methods of shared objects, then checks an invariant{how}"

    def run(self, mutant: Mutant, *, twin: bool, seed: int, cap: float) -> Attempt:
        """In a process of its own."""
        arguments = [mutant.name, "twin" if twin else "racy", str(seed), str(cap)]
        command = [sys.executable, "-m", "benchmarks.hammer.barrier", *arguments]
        return watch(command, ALLOCATORS if self.allocators else {}, cap)


class _Crew:
    """Threads that do the same again and again."""

    def __init__(self, stress: Stress, roles: list[int]) -> None:
        self.subjects: list[object] = []
        self.results: list[list[list[object]]] = []
        self._stress = stress
        self._start = threading.Barrier(THREADS + 1)
        self._end = threading.Barrier(THREADS + 1)
        for role in roles:
            threading.Thread(target=self._work, args=(role,), daemon=True).start()

    def round(self, subjects: list[object]) -> None:
        """Each thread makes its calls on each of the subjects."""
        self.subjects = subjects
        self.results = [[[] for _ in range(THREADS)] for _ in subjects]
        self._start.wait()
        self._end.wait()

    def _work(self, role: int) -> None:
        while True:
            self._start.wait()
            for subject, results in zip(self.subjects, self.results, strict=True):
                mine = results[role]
                for number in range(self._stress.calls):
                    mine.append(_attempt(self._stress, subject, role, number))
            self._end.wait()


def _attempt(stress: Stress, subject: object, role: int, number: int) -> object:
    try:
        return stress.call(subject, role, number)
    except Exception as error:  # noqa: BLE001 - the invariant decides
        return error


def _main(name: str, variant: str, seed: str, cap: str) -> None:
    mutant = named(name)
    module, model = mutant.load(twin=variant == "twin"), mutant.model(twin=variant == "twin")
    stress = stress_of(name)
    roles = random.Random(seed).sample(range(THREADS), THREADS)  # noqa: S311 - no secret
    crew = _Crew(stress, roles)
    journal = Journal(Path(os.environ[JOURNAL]))
    journal.start()
    while journal.seconds < float(cap):
        crew.round([stress.make(module) if stress.make else model.make() for _ in range(stress.subjects)])
        journal.count(stress.subjects * stress.calls * THREADS)
        if not all(map(stress.holds, crew.subjects, crew.results)):
            journal.find("wrong")
            break
    os._exit(0)


if __name__ == "__main__":
    _main(*sys.argv[1:])
