"""A tree, built with one Python, imported and tested."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from benchmarks.fix.builds import Environment, tail
from benchmarks.fix.packages import Package
from benchmarks.fix.process import telling
from benchmarks.fix.results import Suite, Tree, Tried
from benchmarks.fix.suite import DEADLINE, Ran, run_suite

__all__ = ["compared"]

LEAST_DEADLINE = 20.0
MOST_TIMES = 4
"""What a suite may take once its tree is fixed: seconds, and so many times what it took before."""

# Those that say "maybe" are left out: they depend on how much of a function the optimizer sees through.
_WARNING = re.compile(r"^(\S+?):\d+:(?:\d+:)? (warning: .*\[-W(?!maybe).*\])$", re.MULTILINE)


@dataclass(frozen=True)
class _Look:
    """At a tree: what is to be told of it, and what only matters beside another.

    Attributes:
        tree: what is to be told.
        ran: its tests; None if there was nothing to test.
        warnings: of the compiler, without their lines.
    """

    tree: Tree
    ran: Ran | None
    warnings: Counter[str]


def compared(package: Package, environment: Environment, before: Path, after: Path) -> Tried:
    """The same release twice: as it was, and after it was fixed.

    Raises:
        BenchmarkError: the benchmark itself could not go on.
    """
    old = _look(package, environment, before)
    deadline = LEAST_DEADLINE + MOST_TIMES * old.ran.seconds if old.ran else DEADLINE
    new = _look(package, environment, after, deadline)
    broken = _broken(old, new)
    if broken and new.ran:  # once is no proof: some tests fail now and then
        again = run_suite(environment, after, package, deadline)
        broken = [test for test in broken if again.outcomes.get(test) != "passed"]
    fresh = new.warnings - old.warnings if not old.tree["trouble"] else Counter[str]()
    return {"before": old.tree, "after": new.tree, "broken": broken, "warnings": sorted(fresh.elements())}


def _broken(old: _Look, new: _Look) -> list[str]:
    passed = {test for test, outcome in old.ran.outcomes.items() if outcome == "passed"} if old.ran else set()
    still = {test for test, outcome in new.ran.outcomes.items() if outcome == "passed"} if new.ran else set()
    return sorted(passed - still)


def _look(package: Package, environment: Environment, tree: Path, deadline: float = DEADLINE) -> _Look:
    """Builds a copy, since building leaves files behind, and tests what comes out."""
    copy = environment.folder / "source"
    shutil.copytree(tree, copy)
    try:
        wheel, built = environment.build(copy, package)
    finally:
        shutil.rmtree(copy)
    warnings = Counter(f"{file}: {what}" for file, what in _WARNING.findall(built.output))
    if wheel is None:
        return _Look(_told(f"it does not build: {tail(built)}", seconds=built.seconds), None, warnings)
    environment.install(wheel, package)
    imported = environment.loads(package)
    if not imported.well:
        return _Look(_told(f"it cannot be imported: {tail(imported)}", seconds=built.seconds), None, warnings)
    ran = run_suite(environment, tree, package, deadline)
    gil_off = imported.output.split()[-1:] == ["off"]
    return _Look(_told(gil_off=gil_off, suite=_suite(ran), seconds=built.seconds), ran, warnings)


def _told(trouble: str = "", *, gil_off: bool = False, suite: Suite | None = None, seconds: float) -> Tree:
    return {"trouble": telling(trouble), "gil_off": gil_off, "suite": suite, "seconds": round(seconds, 1)}


def _suite(ran: Ran) -> Suite:
    return {
        "passed": ran.count("passed"),
        "failed": ran.count("failed"),
        "skipped": ran.count("skipped"),
        "trouble": telling(ran.trouble),
        "seconds": round(ran.seconds, 1),
    }
