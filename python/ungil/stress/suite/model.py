"""What came of a project's tests, as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

__all__ = ["Asked", "Gil", "Stressed", "TestTold", "Verdict"]


class Verdict(StrEnum):
    """What is to be said of a test, the most serious first."""

    CRASHES = "crashes"  # it ends the process in threads, and not alone
    HANGS = "hangs"  # it does not come to its end in threads
    RACY = "racy"  # it fails in threads only, however often it is run in one
    DIES_ALONE = "dies alone"  # it ends the process, or hangs, in one thread
    FAILS_ALONE = "fails alone"  # each time, in one thread
    FLAKY = "flaky"  # now and then, in one thread
    UNREPEATABLE = "not repeatable"  # it passes once: a second time in the same process, in one thread, it does not
    ALONE = "alone"  # it ran in one thread only
    SKIPPED = "skipped"
    NOT_REACHED = "not reached"  # the time was over before it ran in threads, or pytest had ended
    PASSED = "passed"

    @property
    def told(self) -> str:
        """What such tests did: ``2 failed alone``."""
        return _TOLD[self]


_TOLD = {
    Verdict.CRASHES: "ended the process",
    Verdict.HANGS: "did not end",
    Verdict.RACY: "failed there only",
    Verdict.DIES_ALONE: "ended the process or hung alone",
    Verdict.FAILS_ALONE: "failed alone",
    Verdict.FLAKY: "failed now and then alone",
    Verdict.UNREPEATABLE: "could not be repeated in one process",
    Verdict.ALONE: "ran in one thread only",
    Verdict.SKIPPED: "skipped",
    Verdict.NOT_REACHED: "not reached",
    Verdict.PASSED: "passed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How much is to be tried.

    Attributes:
        threads: in which each test runs at once.
        iterations: in each thread.
        repeat: how often the whole suite runs so, each time in a new process.
        deadline: seconds for all runs together.
        test_deadline: seconds for one test, beside what it needs for its runs in threads.
        options: more for pytest: ``-k`` and the like, or files.
    """

    threads: int = 4
    iterations: int = 2
    repeat: int = 2
    deadline: float = 600.0
    test_deadline: float = 60.0
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Gil:
    """What a fresh process says of the GIL after importing the extension modules.

    Attributes:
        proved: that it is off.
        modules: those that were imported.
        turned_on_by: the module with whose import it came on, or the test during which it did; empty if it did not.
        failed: modules that cannot be imported, each with why.
    """

    proved: bool
    modules: tuple[str, ...] = ()
    turned_on_by: str = ""
    failed: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        """In words."""
        modules = ", ".join(self.modules[:_NAMED]) + (
            f" and {len(self.modules) - _NAMED} more" if len(self.modules) > _NAMED else ""
        )
        if self.turned_on_by:
            return f"turned on by {self.turned_on_by}; kept off against its word in what ran in threads"
        if not self.proved:
            return "off in every process that ran tests; no extension module was there to be imported by itself"
        return f"off in a fresh process that has imported {modules}, and in every process that ran tests"


_NAMED: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class TestTold:
    """One test.

    Attributes:
        name: pytest's node id.
        verdict: what is to be said of it.
        path, line: where it is defined, relative to the project.
        serially: how often it failed of how many runs in one thread, those in which it was repeated included.
        threaded: how often it failed of how many runs in threads.
        said: the last lines of its failure, or why it ran alone or was skipped.
        stacks: native and Python stacks, where it hung or crashed.
        shares: fixtures whose values its threads shared.
        raised: where, if it was not the test's own file: ``file:line in function``, relative to the project.
        again: of a crash or hang, in how many of how many further processes it was seen again.
    """

    __test__ = False  # not a test of pytest's, whatever its name says

    name: str
    verdict: Verdict
    path: str = ""
    line: int = 1
    serially: tuple[int, int] = (0, 0)
    threaded: tuple[int, int] = (0, 0)
    said: str = ""
    stacks: str = ""
    shares: tuple[str, ...] = ()
    raised: str = ""
    again: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stressed:
    """A project's tests after all runs. Its attributes are those of the evidence of a port, and more.

    Attributes:
        project: what was named.
        root: the project's folder, as it was read.
        runner: what the tests are written for: ``pytest`` or ``unittest``; pytest runs both.
        python: ``3.14.8 free-threaded``.
        asked: how much was to be tried.
        every: all tests.
        gil: what is known of the GIL.
        notes: what else whoever reads the numbers has to know.
        seconds: what all runs took.
        command: how pytest was started in threads.
    """

    project: str
    root: Path
    runner: str
    python: str
    asked: Asked
    every: tuple[TestTold, ...]
    proof: Gil
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
    command: str = ""
    threaded_names: frozenset[str] = field(default=frozenset())

    def having(self, *verdicts: Verdict) -> Sequence[TestTold]:
        """The tests with one of these verdicts."""
        return [test for test in self.every if test.verdict in verdicts]

    @property
    def threads(self) -> int:
        """In which each test ran at once."""
        return self.asked.threads

    @property
    def iterations(self) -> int:
        """In each thread."""
        return self.asked.iterations

    @property
    def repeats(self) -> int:
        """How often the whole was repeated."""
        return self.asked.repeat

    @property
    def collected(self) -> int:
        """How many tests there are."""
        return len(self.every) - len(self.unread)

    @property
    def unread(self) -> Sequence[TestTold]:
        """Files of tests that cannot be imported; each stands for its tests."""
        return [test for test in self.every if test.name == test.path]

    @property
    def passed_serially(self) -> int:
        """How many passed in one thread every time."""
        bad = {Verdict.DIES_ALONE, Verdict.FAILS_ALONE, Verdict.FLAKY, Verdict.SKIPPED}
        return sum(test.verdict not in bad and test.serially[1] > 0 for test in self.every)

    @property
    def passed_in_threads(self) -> int:
        """How many passed in threads every time."""
        return len(self.having(Verdict.PASSED))

    @property
    def in_threads(self) -> int:
        """How many ran in more than one thread."""
        return len(self.threaded_names)

    @property
    def gil(self) -> str:
        """What is known of the GIL, in words."""
        return str(self.proof)

    @property
    def tests(self) -> Sequence[TestTold]:
        """Those of which there is something to say."""
        return [test for test in self.every if test.verdict is not Verdict.PASSED]
