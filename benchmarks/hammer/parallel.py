"""pytest-run-parallel, as its users use it: their unit tests, four threads, many iterations."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass

from benchmarks.hammer.method import Attempt
from benchmarks.hammer.process import CAP, MUTANT, ROOT, SEED, TWIN, watch
from tests.stress.mutants.mutant import Mutant

__all__ = ["Parallel"]

ITERATIONS = 100
"""Of each thread, before the next test has its turn: all tests are run again and again until the time is over."""


@dataclass(frozen=True)
class Parallel:
    """A method."""

    name: str = "pytest-run-parallel"
    counts: str = "runs of a unit test"
    says: str = (
        "runs ordinary unit tests, each of which makes an object and calls one or two of its methods, in 4 threads "
        f"beside themselves, {ITERATIONS} times before the next test, all of them until the time is over (`--forever`)"
    )

    def run(self, mutant: Mutant, *, twin: bool, seed: int, cap: float) -> Attempt:
        """In a process of its own."""
        options = ["--parallel-threads=4", f"--iterations={ITERATIONS}", "--forever"]
        tests = ROOT / "benchmarks" / "hammer" / "unit_tests.py"
        plain = ["-c", os.devnull, f"--rootdir={ROOT}", "-p", "no:cacheprovider", "-p", "benchmarks.hammer.recorder"]
        command = [sys.executable, "-m", "pytest", *plain, *options, str(tests)]
        environment = {MUTANT: mutant.name, TWIN: "1" if twin else "", SEED: str(seed), CAP: str(cap)}
        return watch(command, environment, cap)
