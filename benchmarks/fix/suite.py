"""The test suite of a release, run on what is installed, and what came of each test."""

from __future__ import annotations

import os
import shutil
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.fix.builds import Environment, tail
from benchmarks.fix.packages import Package
from benchmarks.fix.process import run

__all__ = ["Ran", "outcomes", "run_suite"]

DEADLINE = 300.0
_ENDED = (0, 1)  # of pytest: all passed, some failed


@dataclass(frozen=True)
class Ran:
    """One run of a suite.

    Attributes:
        outcomes: passed, failed or skipped, by test.
        trouble: what kept it from its end; empty if nothing did.
        seconds: what it took.
    """

    outcomes: Mapping[str, str]
    trouble: str
    seconds: float

    def count(self, outcome: str) -> int:
        """How many tests came to that."""
        return sum(one == outcome for one in self.outcomes.values())


def run_suite(environment: Environment, source: Path, package: Package, deadline: float = DEADLINE) -> Ran:
    """Runs the tests where only they are, so that nothing but what is installed can be imported."""
    with tempfile.TemporaryDirectory(dir=environment.folder) as name:
        folder = Path(name)
        for file in package.files:
            _copy(source / file, folder / file)
        report = folder / "report.xml"
        deselected = [f"--deselect={test}" for test in package.deselect]
        options = ["-q", "-o", "addopts=", "-p", "no:cacheprovider", f"--rootdir={folder}", f"--junit-xml={report}"]
        command: list[str | Path] = [environment.python, "-m", "pytest", *options, *deselected, *package.tests]
        path = {"PATH": f"{environment.python.parent}{os.pathsep}{os.environ['PATH']}"}
        done = run(command, folder=folder, deadline=deadline, environment=path)
        ended = f"pytest ended with {done.code} after {done.seconds:.0f} s: {tail(done)}"
        return Ran(outcomes(report) if report.exists() else {}, "" if done.code in _ENDED else ended, done.seconds)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copy(source, target)


def outcomes(report: Path) -> dict[str, str]:
    """By class and name. What has the same names twice is counted, and told apart by its number."""
    outcomes: dict[str, str] = {}
    for case in ET.parse(report).getroot().iter("testcase"):  # noqa: S314 - written by pytest a moment ago
        name = f"{case.get('classname')}::{case.get('name')}"
        number = 1
        while f"{name}#{number}" in outcomes:
            number += 1
        kinds = {child.tag for child in case}
        failed = kinds & {"failure", "error"}
        outcomes[f"{name}#{number}"] = "failed" if failed else "skipped" if "skipped" in kinds else "passed"
    return outcomes
