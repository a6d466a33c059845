"""Harvests a project's tests in a process of their own: whether they pass is told, and decides nothing."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from ungil.commands import Done, run
from ungil.errors import HarvestError
from ungil.stress.harvest.corpus import SUFFIX, Op, Rewritten, read
from ungil.stress.harvest.outcomes import Outcomes, read_outcomes

__all__ = ["Harvested", "TestRun", "harvest", "is_harvest", "run_tests"]

_LAST_LINES: Final = 200
_LINES_OF_AN_ERROR: Final = 15
_CODES: Final = {
    0: "all tests passed",
    1: "tests failed",
    2: "it was interrupted, or tests could not be collected",
    3: "pytest had an internal error",
    4: "pytest was used wrongly",
    5: "no tests were collected",
}


@dataclass(frozen=True, slots=True)
class TestRun:
    """How a session of pytest ended.

    Attributes:
        ended: in words: ``all tests passed``, ``killed by SIGSEGV in test_x.py::test``.
        outcomes: of the tests that came to an end.
        seconds: how long it took.
        output: the last lines of what it printed.
    """

    ended: str
    outcomes: Outcomes
    seconds: float
    output: str


@dataclass(frozen=True, slots=True)
class Harvested:
    """A harvest.

    Attributes:
        folder: holds the corpus, for ``models``.
        operations: how many different ones were written down.
        tests: how the tests did meanwhile.
        untaken: files of tests that were left as they are, each with why, and defects of the harvest itself.
        plain: how they do without, if that was asked for.
    """

    folder: Path
    operations: int
    tests: TestRun
    untaken: tuple[str, ...] = ()
    plain: TestRun | None = None

    def notes(self) -> list[str]:
        """What readers have to know: how the tests ended, if not well, and what was not looked into."""
        ended = self.tests.ended
        failed = [] if ended == "all tests passed" else [f"The tests whose calls are made: {ended}."]
        return [*failed, *(f"No calls were taken from {one}" for one in self.untaken)]

    def differences(self) -> list[str]:
        """The tests that ended differently without the harvest; none where that was not tried."""
        without = self.plain.outcomes.ended if self.plain else {}
        during = self.tests.outcomes.ended
        return [
            f"{test}: {outcome} without the harvest, {during.get(test, 'not run')} during it"
            for test, outcome in without.items()
            if during.get(test) != outcome
        ]


def harvest(  # noqa: PLR0913 - each is one thing that a caller decides
    target: str,
    tests: Sequence[str],
    folder: Path,
    *,
    deadline: float = 600.0,
    options: Sequence[str] = (),
    cwd: Path | None = None,
    compare: bool = False,
) -> Harvested:
    """Run the tests with the plugin.

    Args:
        target: the extension module or its package, as it is imported.
        tests: what pytest is given: files, folders, node ids.
        folder: where the corpus goes; made if it is not there.
        deadline: seconds, after which the tests are ended; what they did until then is kept.
        options: more for pytest.
        cwd: where pytest runs.
        compare: run the tests without the harvest first.

    Raises:
        HarvestError: nothing was written down, the folder has a harvest already, or there is no pytest.
    """
    if find_spec("pytest") is None:
        raise HarvestError("Tests are run by pytest, which is not installed.", "pip install 'ungil[hammer]'")
    if is_harvest(folder):
        raise HarvestError(f"{folder} has a harvest in it already.", "Give another folder, or remove that one.")
    given = [*options, *tests]
    plain = run_tests(given, deadline=deadline, cwd=cwd) if compare else None
    where = f"--harvest-to={folder.absolute()}"
    plugin = ["-p", "ungil.stress.harvest.plugin", f"--harvest={target}", where]
    tested = run_tests([*plugin, *given], deadline=deadline, cwd=cwd)
    records = [record for path in folder.glob(f"*{SUFFIX}") for record in read(path)]
    operations = sum(isinstance(record, Op) for record in records)
    if not operations:
        raise HarvestError(f"The tests did nothing to {target} that was seen: {tested.ended}.", _advice(target, tested))
    untaken = {f"{one.path}: {one.why_not}" for one in records if isinstance(one, Rewritten) and one.why_not}
    return Harvested(folder, operations, tested, tuple(sorted(untaken)), plain)


def is_harvest(path: Path) -> bool:
    """Whether a path is that of a folder that a harvest has filled."""
    return path.is_dir() and any(path.glob(f"*{SUFFIX}"))


def run_tests(arguments: Sequence[str], *, deadline: float, cwd: Path | None = None) -> TestRun:
    """Run pytest in this interpreter's environment, in a process that leaves none behind."""
    with tempfile.TemporaryDirectory() as folder:
        outcomes = Path(folder, "outcomes")
        plugin = ["-p", "ungil.stress.harvest.outcome_plugin", f"--outcomes-to={outcomes}"]
        command = [sys.executable, "-m", "pytest", *plugin, *arguments]
        done = run(command, cwd=cwd or Path.cwd(), deadline=deadline, environment=os.environ)
        found = read_outcomes(outcomes)
    ended = _in_words(done, deadline) + (f" in {found.in_test}" if found.in_test else "")
    return TestRun(ended, found, done.seconds, done.tail(_LAST_LINES))


def _in_words(done: Done, deadline: float) -> str:
    if done.code is None:
        return f"ended at the deadline of {deadline:g} s"
    return _CODES.get(done.code, done.ended)


def _advice(target: str, run: TestRun) -> str:
    """What to do when nothing was seen, with what pytest said."""
    if run.outcomes.ended:
        advice = f"Is {target} what they import? Calls from a folder without tests in it are not seen."
    else:
        advice = "Run pytest with the same arguments, and see why it runs no test."
    return "\n  ".join([advice, *run.output.splitlines()[-_LINES_OF_AN_ERROR:]])
