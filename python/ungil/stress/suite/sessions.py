"""Sessions of pytest in processes of their own, watched; behind a test that dies or hangs, a new one goes on."""

from __future__ import annotations

import json
import re
import shlex
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final, Protocol

from ungil.commands import Done, Report, Watch, silent
from ungil.errors import TrialError
from ungil.stress.suite.journal import Journal, Outcome, Reader, Test
from ungil.stress.suite.options import FIXED
from ungil.stress.suite.stacks import readable
from ungil.stress.suite.watching import Watcher

__all__ = ["LATE", "Bench", "Fatal", "How", "Round", "Runner", "Way", "run_round"]

MOST_DEATHS: Final = 25
"""Sessions that one round may begin anew: a suite in which more tests crash needs no longer list."""

LATE: Final = "The time was over before all had run: --deadline SECONDS gives more."

_OUTSIDE: Final = "outside of any test"
_LAST_LINES: Final = 25
_STOPPED: Final = re.compile(r"^!+ (.+?) !+$", re.MULTILINE)
"""What pytest prints of why it has ended before its time."""

_USED_WRONGLY: Final = 4


class Runner(Protocol):
    """What runs an interpreter that has the project and pytest installed; a ``Workshop`` is one."""

    def run(
        self,
        *arguments: str | Path,
        deadline: float,
        cwd: Path | None = None,
        environment: Mapping[str, str] | None = None,
        report: Report = silent,
        watch: Watch | None = None,
    ) -> Done:
        """Run it to its end."""
        ...


class How(StrEnum):
    """How a session ended that did not come to its end."""

    CRASH = "crash"
    HANG = "hang"
    STOP = "stop"  # it had pytest itself end, as KeyboardInterrupt does
    LATE = "late"  # the time for all of it was over


@dataclass(frozen=True, slots=True)
class Fatal:
    """The end of a process, by a test.

    Attributes:
        how: it ended.
        said: ``killed by SIGSEGV``.
        stacks: of its threads, as far as they could be had.
    """

    how: How
    said: str
    stacks: str


@dataclass(frozen=True, slots=True)
class Way:
    """How each test runs.

    Attributes:
        threads: at the same time; 1 and 1 iteration is as pytest does it.
        iterations: in each thread.
        gil_off: with PYTHON_GIL=0, against the word of a module that asks for the GIL.
        name: for people.
    """

    threads: int = 1
    iterations: int = 1
    gil_off: bool = False
    name: str = "alone"

    @property
    def options(self) -> list[str]:
        """For pytest."""
        if self.threads * self.iterations == 1:
            return []
        plugin = ["-p", "ungil.stress.parallel", *(["--allow-gil-forced-off"] if self.gil_off else [])]
        return [*plugin, f"--parallel-threads={self.threads}", f"--iterations={self.iterations}"]


@dataclass(slots=True, kw_only=True)
class Bench:
    """Where tests run, and with what.

    Attributes:
        runner: the interpreter.
        cwd: the folder to run in.
        root: of the project's sources, for the names in stacks.
        folder: for journals.
        arguments: for pytest: settings and files; then what the user adds.
        addopts: what the project gives pytest each time, as far as it stays.
        environment: variables with which the plugins are found.
        test_deadline: seconds for one test.
        end: when all has to be over, as ``time.monotonic`` says it.
        report: is told what is being done.
        notes: for whoever reads the numbers.
    """

    runner: Runner
    cwd: Path
    root: Path
    folder: Path
    arguments: Sequence[str | Path]
    addopts: list[str] = field(default_factory=list)
    environment: Mapping[str, str] = field(default_factory=dict)
    test_deadline: float = 60.0
    end: float = float("inf")
    report: Report = silent
    notes: list[str] = field(default_factory=list)
    sessions: int = 0

    @property
    def left(self) -> float:
        """Seconds until all has to be over."""
        return self.end - time.monotonic()

    def command(self, way: Way) -> list[str | Path]:
        """For the interpreter."""
        plugins = [*way.options, "-p", "ungil.stress.suite.plugin", *FIXED]
        return ["-m", "pytest", *plugins, "-o", f"addopts={shlex.join(self.addopts)}", *self.arguments]


@dataclass(slots=True)
class Round:
    """Every test once, in one way: in several sessions if tests have ended some.

    Attributes:
        tests: that were collected.
        ended: how they ended.
        fatal: those that ended their process, or hung.
        uncollected: files, each with why.
        gil: what turned the GIL on; empty while it is off.
        complete: whether the time was enough.
    """

    tests: dict[str, Test] = field(default_factory=dict)
    ended: dict[str, Outcome] = field(default_factory=dict)
    fatal: dict[str, Fatal] = field(default_factory=dict)
    uncollected: dict[str, str] = field(default_factory=dict)
    gil: str = ""
    complete: bool = True


def run_round(
    bench: Bench, way: Way, only: Iterable[str] | None = None, expected: Callable[[str], float] = lambda _: 0.0
) -> Round:
    """Run the tests; behind one that ends its process or hangs, the others in a new one.

    Args:
        bench: where.
        way: how.
        only: these; all of them unless given.
        expected: seconds that a test takes, beside its deadline.

    Raises:
        TrialError: pytest cannot run them.
    """
    found = Round()
    left = None if only is None else list(only)
    while left is None or left:
        ended = _session(bench, way, left, lambda name: bench.test_deadline + expected(name))
        journal = ended.journal
        if ended.done.code == _USED_WRONGLY and bench.addopts:
            bench.notes.append(
                f"The project's own options made pytest fail, and were left out: {shlex.join(bench.addopts)}."
            )
            bench.addopts = []
            continue
        found.tests |= journal.tests if not found.tests else {}
        found.uncollected |= journal.uncollected
        found.ended |= journal.ended
        found.gil = found.gil or journal.gil
        if not journal.collected and left is None:
            raise _not_collected(ended)
        if ended.fatal and ended.fatal.how is not How.LATE:
            found.fatal[journal.running or _OUTSIDE] = ended.fatal
        before, left = left, [one for one in journal.tests if one not in found.ended and one not in found.fatal]
        if ended.fatal is None and found.gil:
            break  # nothing behind it means anything: whoever asked for this round asks again
        if (left or not journal.collected) and (why := _no_other(found, ended, vain=left == before)):
            found.complete = why != LATE
            bench.notes.extend([] if why in {LATE, *bench.notes} else [why])
            break
    return found


def _no_other(found: Round, ended: _Ended, *, vain: bool) -> str:
    """Why no other session runs what this one has left; empty if one does."""
    if ended.fatal and ended.fatal.how is How.LATE:
        return LATE
    if not ended.journal.collected:
        return f"pytest could not collect the tests once more: {ended.done.ended}."
    if ended.fatal is None:
        return f"pytest had ended before all tests had run: {_stopped(ended.done)}."
    if len(found.fatal) >= MOST_DEATHS:
        return f"{MOST_DEATHS} tests have ended their process; those behind them were not run."
    return "A process ended before its first test, whatever was to be run." if vain else ""


def _stopped(done: Done) -> str:
    """What pytest says of it."""
    return found[-1] if (found := _STOPPED.findall(done.output)) else done.ended


@dataclass(slots=True)
class _Ended:
    """One session.

    Attributes:
        journal: what it wrote.
        done: how its process ended.
        fatal: by what, if not by itself.
    """

    journal: Journal
    done: Done
    fatal: Fatal | None


def _session(bench: Bench, way: Way, only: list[str] | None, limit: Callable[[str], float]) -> _Ended:
    bench.sessions += 1
    journal, stacks, chosen = (bench.folder / f"{bench.sessions}.{kind}" for kind in ("journal", "stacks", "only"))
    files: list[str | Path] = [f"--ungil-journal={journal}", f"--ungil-stacks={stacks}"]
    if only is not None:
        chosen.write_text(json.dumps(only), encoding="utf-8")
        files.append(f"--ungil-only={chosen}")
    watcher = Watcher(Reader(journal), stacks, limit, bench.report, way.name)
    environment = {**bench.environment, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONFAULTHANDLER": ""}
    environment |= {"PYTHON_GIL": "0"} if way.gil_off else {}
    done = bench.runner.run(
        *bench.command(way),
        *files,
        deadline=max(bench.left, 1.0),
        cwd=bench.cwd,
        environment=environment,
        watch=watcher,
    )
    return _Ended(watcher.reader.look(), done, _fatal(done, watcher, stacks, bench.root))


def _fatal(done: Done, watcher: Watcher, stacks: Path, root: Path) -> Fatal | None:
    if watcher.hung:
        return Fatal(How.HANG, watcher.hung, readable(stacks, root))
    if done.code is None:
        return Fatal(How.LATE, done.ended, "")
    journal = watcher.reader.journal
    if done.code < 0 or (journal.collected and not journal.over):
        return Fatal(How.CRASH, done.ended, readable(stacks, root))
    return Fatal(How.STOP, f"it has pytest end: {_stopped(done)}", "") if journal.running else None


def _not_collected(ended: _Ended) -> TrialError:
    """Nothing ran at all: what pytest says is all that is known."""
    how = ended.fatal.said if ended.fatal else ended.done.ended
    wrong = ended.done.code == _USED_WRONGLY
    lines = "\n".join(f"    {line}" for line in ended.done.tail(_LAST_LINES).splitlines())
    stacks = f"\n{ended.fatal.stacks}" if ended.fatal and ended.fatal.stacks else ""
    return TrialError(
        f"pytest could not collect the tests: {how}.\n{lines}{stacks}",
        "Give what it needs behind '--', or with --with REQUIREMENT." if wrong else "Does it run alone, with pytest?",
    )
