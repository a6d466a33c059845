"""What runs how often, and what follows for each test: racy is told from flaky by repetition.

Each test runs alone first. One that fails is run alone again: it fails always, or now and then, and threads are not to
blame. The others run in threads, the whole suite several times, each time in a new process. What fails there runs once
more in one thread, as often as it ran in all of them: what then fails too is flaky, or cannot be repeated in one
process, and only what does not is racy. What has ended a process is tried by itself in a process of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from ungil.stress.suite.journal import FAILED, PASSED, SKIPPED, Outcome, Test
from ungil.stress.suite.model import Asked, TestTold, Verdict
from ungil.stress.suite.sessions import Bench, Fatal, How, Round, Way, run_round

__all__ = ["Rounds", "run_rounds", "verdicts"]

MOST_TRIED_ALONE: Final = 5
"""Tests that ended a process of which it is tried whether they do so again."""

_SELDOM: Final = 4
"""What fails from the second time on, and in one of so many runs or more, is no matter of chance."""

SLOWER: Final = 4
"""So many times as long as alone may a call in threads take before it counts as hanging."""


@dataclass(slots=True)
class Rounds:
    """All rounds.

    Attributes:
        serial: alone, once; and again, those that failed.
        threaded: in threads.
        repeated: in one thread, as often as in all; those that failed in threads.
        again: by name, whether what ended a process did so again in one of its own.
        gil: what turned the GIL on while tests ran.
        gil_off: whether it was kept off against a module's word in threads.
        complete: whether the time was enough.
    """

    serial: list[Round] = field(default_factory=list)
    threaded: list[Round] = field(default_factory=list)
    repeated: Round = field(default_factory=Round)
    again: dict[str, tuple[int, int]] = field(default_factory=dict)
    gil: str = ""
    gil_off: bool = False
    complete: bool = True

    @property
    def tests(self) -> Mapping[str, Test]:
        """All tests, those of which it is only known that their file cannot be read included."""
        first = self.serial[0]
        files = {name: Test(name=name, path=name.partition("::")[0], line=1) for name in first.uncollected}
        return files | first.tests

    @property
    def by_kind(self) -> tuple[list[Round], list[Round], list[Round]]:
        """Alone, in threads, and repeated in one."""
        return self.serial, self.threaded, [self.repeated]

    @property
    def in_threads(self) -> frozenset[str]:
        """Those that ran in more than one thread."""
        ended = [told for one in self.threaded for told in one.ended.items()]
        ran = {name for name, outcome in ended if outcome.threads > 1 and outcome.outcome != SKIPPED}
        return frozenset(ran | {name for one in self.threaded for name in one.fatal})


def run_rounds(bench: Bench, asked: Asked, *, gil_off: bool) -> Rounds:
    """Run everything.

    Args:
        bench: where.
        asked: how much.
        gil_off: whether a module is known to turn the GIL on.

    Raises:
        TrialError: pytest cannot run the tests.
    """
    rounds = Rounds(gil_off=gil_off)
    rounds.serial.append(run_round(bench, Way(name="alone")))
    hung = {name for name, fatal in rounds.serial[0].fatal.items() if fatal.how is How.HANG}
    if failed := [name for name in _failed(rounds.serial[0]) if name not in hung]:  # another hang would only take time
        rounds.serial.append(run_round(bench, Way(name="alone, again"), failed))
    rounds.gil = next((one.gil for one in rounds.serial if one.gil), "")
    rounds.gil_off |= bool(rounds.gil)
    ended = rounds.serial[0].ended
    trial = _Trial(bench, asked, {name: outcome.seconds for name, outcome in ended.items()})
    _in_threads(rounds, trial, [name for name, outcome in ended.items() if outcome.outcome == PASSED])
    _confirm(rounds, trial)
    every = [*rounds.serial, *rounds.threaded, rounds.repeated]
    rounds.complete = bench.left > 0 and all(one.complete for one in every)
    return rounds


@dataclass(frozen=True, slots=True)
class _Trial:
    """Runs of some tests in one way or another.

    Attributes:
        bench: where.
        asked: how much.
        seconds: that each test takes alone.
    """

    bench: Bench
    asked: Asked
    seconds: Mapping[str, float]

    def threads(self, names: Iterable[str], name: str, *, gil_off: bool) -> Round:
        """In as many as were asked for."""
        return self._run(Way(self.asked.threads, self.asked.iterations, gil_off=gil_off, name=name), names)

    def repeated(self, names: Iterable[str], times: int, name: str, *, gil_off: bool) -> Round:
        """In one thread."""
        return self._run(Way(1, times, gil_off=gil_off, name=name), names)

    def _run(self, way: Way, names: Iterable[str]) -> Round:
        calls = SLOWER * way.threads * way.iterations
        return run_round(self.bench, way, names, lambda name: calls * self.seconds.get(name, 0.0))


def _in_threads(rounds: Rounds, trial: _Trial, left: list[str]) -> None:
    """The whole suite, several times; from when the GIL came on, with the GIL kept off."""
    asked = trial.asked
    while len(rounds.threaded) < asked.repeat and left and trial.bench.left > 0:
        name = f"in {asked.threads} threads, {len(rounds.threaded) + 1} of {asked.repeat}"
        one = trial.threads(left, name, gil_off=rounds.gil_off)
        if one.gil and not rounds.gil_off:
            rounds.gil, rounds.gil_off = rounds.gil or one.gil, True
            continue  # threads took turns from there on: it counts for nothing
        rounds.threaded.append(one)
        left = [name for name in left if name not in one.fatal]


def _confirm(rounds: Rounds, trial: _Trial) -> None:
    """Those that failed in threads: in one thread as often, and by themselves if they ended a process."""
    suspects = dict.fromkeys(name for one in rounds.threaded for name in _failed(one) if name in rounds.tests)
    if not suspects or trial.bench.left <= 0:
        return
    calls = trial.asked.threads * trial.asked.iterations * max(1, len(rounds.threaded))
    name = "those that failed, as often in one thread"
    rounds.repeated = trial.repeated(suspects, calls, name, gil_off=rounds.gil_off)
    fatal = dict.fromkeys(name for one in rounds.threaded for name in one.fatal if name in rounds.tests)
    for name in list(fatal)[:MOST_TRIED_ALONE]:
        if trial.bench.left > 0:
            one = trial.threads([name], "what ended a process, by itself", gil_off=rounds.gil_off)
            rounds.again[name] = (int(name in one.fatal), 1)


def _failed(one: Round) -> list[str]:
    """In the order in which they ran."""
    return [name for name in one.tests if name in one.fatal or _outcome(one, name) == FAILED]


def _outcome(one: Round, name: str) -> str:
    return one.ended[name].outcome if name in one.ended else ""


# ---- What follows for each test


_FATAL: Final = {How.CRASH: Verdict.CRASHES, How.HANG: Verdict.HANGS, How.STOP: Verdict.RACY}


class _Runs(NamedTuple):
    """How one test ended, each time."""

    serial: list[Outcome]
    threaded: list[Outcome]
    repeated: list[Outcome]


def verdicts(rounds: Rounds) -> tuple[TestTold, ...]:
    """What is to be said of each test, with paths as pytest tells them."""
    return tuple(_told(rounds, test) for test in rounds.tests.values())


def _told(rounds: Rounds, test: Test) -> TestTold:
    name = test.name
    runs = _Runs(*([one.ended[name] for one in rounds_ if name in one.ended] for rounds_ in rounds.by_kind))
    verdict, telling = _judge(rounds, name, runs)
    fatal = telling if isinstance(telling, Fatal) else None
    outcome = telling if isinstance(telling, Outcome) else None
    return TestTold(
        name=name,
        verdict=verdict,
        path=test.path,
        line=test.line,
        serially=_count([*runs.serial, *runs.repeated], rounds.serial, name),
        threaded=_count([one for one in runs.threaded if one.threads > 1], rounds.threaded, name),
        said=fatal.said if fatal else telling if isinstance(telling, str) else outcome.said if outcome else "",
        stacks=fatal.stacks if fatal else "",
        shares=outcome.shares if outcome else (),
        raised=outcome.within if outcome else "",
        again=rounds.again.get(name, (0, 0)),
    )


def _judge(rounds: Rounds, name: str, runs: _Runs) -> tuple[Verdict, Outcome | Fatal | str]:
    """The verdict, and what it rests on: what happens in one thread goes first."""
    if name in rounds.serial[0].uncollected:
        return Verdict.FAILS_ALONE, rounds.serial[0].uncollected[name]
    failed = [one for one in runs.serial if one.outcome == FAILED]
    if deaths := [one.fatal[name] for one in [*rounds.serial, rounds.repeated] if name in one.fatal]:
        now_and_then = runs.serial and name not in rounds.repeated.fatal
        return (Verdict.FLAKY if now_and_then else Verdict.DIES_ALONE), deaths[0]
    if failed:
        return (Verdict.FLAKY if len(failed) < len(runs.serial) else Verdict.FAILS_ALONE), failed[0]
    if runs.serial and runs.serial[0].outcome == SKIPPED:
        return Verdict.SKIPPED, runs.serial[0]
    if deaths := [one.fatal[name] for one in rounds.threaded if name in one.fatal]:
        return _FATAL[deaths[0].how], deaths[0]
    return _judge_threads(runs)


def _judge_threads(runs: _Runs) -> tuple[Verdict, Outcome | Fatal | str]:
    failed = [one for one in runs.threaded if one.outcome == FAILED]
    if failed and runs.repeated and runs.repeated[0].outcome == FAILED:
        one = runs.repeated[0]
        at_once = one.first == 1 and one.failed * _SELDOM >= one.runs
        return (Verdict.UNREPEATABLE if at_once else Verdict.FLAKY), one
    if failed:
        alone = max(one.threads for one in runs.threaded) == 1
        return (Verdict.FLAKY if alone else Verdict.RACY), failed[0]
    if not runs.threaded:
        return Verdict.NOT_REACHED, "the time was over before, or pytest had ended"
    if reasons := [one.alone for one in runs.threaded if one.alone]:
        return Verdict.ALONE, reasons[0]
    if all(one.outcome == SKIPPED for one in runs.threaded):
        return Verdict.ALONE, f"in threads it is skipped: {runs.threaded[0].said}"
    return Verdict.PASSED, runs.threaded[0]


def _count(outcomes: list[Outcome], rounds: list[Round], name: str) -> tuple[int, int]:
    deaths = sum(name in one.fatal for one in rounds)
    return sum(one.failed for one in outcomes) + deaths, sum(one.runs for one in outcomes) + deaths
