"""Runs of one model: made, compared with what sequential orders come to, and counted.

Everything here runs in the process whose extension is tested, in the thread that made the crew.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from ungil.stress.hammer.models.model import Model, Operation, Scenario
from ungil.stress.hammer.runs.attempt import Attempt, Kind, Method, Observation, turns_of
from ungil.stress.hammer.runs.burst import Burst
from ungil.stress.hammer.runs.crew import Crew, NativeTurn
from ungil.stress.hammer.runs.difference import Part
from ungil.stress.hammer.runs.oracle import Oracle
from ungil.stress.hammer.runs.outcome import Outcome, outcome_of
from ungil.stress.hammer.runs.schedules import Point, points
from ungil.stress.hammer.runs.text import LoadedText, Reach

__all__ = ["Effort", "Journal", "Trials"]

TRACED: Final = 20_000
"""Instructions of a trace, at most: about a tenth of a second."""

WIDE: Final = 60
"""Rounds of further sequential runs before an outcome is called impossible."""

AGAIN: Final = 5
"""Tries at what has been seen once."""

WORSE: Final = 300
"""Further stops of a scenario that has come out wrong: what loses a result at one of them may crash at another."""

type Key = tuple[tuple[int, ...], ...]


class Journal(Protocol):
    """Where it is written what is about to be done, for whoever finds this process dead."""

    def scenario(self, scenario: Scenario, method: Method) -> None:
        """What follows is about this scenario."""
        ...

    def run(self, owner: int, turns: Sequence[NativeTurn]) -> None:
        """The next run begins."""
        ...


@dataclass(slots=True)
class Effort:
    """What was tried.

    Attributes:
        executions: concurrent runs.
        pairs: of each set of operations that ran together, by their names: how many runs, and how many of these with a
            thread stopped.
        unreached: operations in which no thread was ever stopped, and why.
    """

    executions: int = 0
    pairs: dict[tuple[str, ...], list[int]] = field(default_factory=dict)
    unreached: dict[str, str] = field(default_factory=dict)

    def count(self, scenario: Scenario, stops: int) -> None:
        """One more run, in which so many stops were reached."""
        names = tuple(operation.name for thread in scenario.threads for operation in thread)
        runs = self.pairs.setdefault(names, [0, 0])
        runs[0] += 1
        runs[1] += stops > 0
        self.executions += 1


class Trials:
    """The runs of one model. What has been found of a scenario ends its trials."""

    def __init__(self, model: Model, crew: Crew, text: LoadedText, journal: Journal, rng: random.Random) -> None:
        """Run with this crew."""
        self.effort = Effort()
        self.rng = rng
        self._model = model
        self._crew = crew
        self._text = text
        self._journal = journal
        self._begin = time.monotonic()
        self._oracles: dict[Key, Oracle] = {}
        self._settled: set[Key] = set()
        self._worse: dict[Key, int] = {}
        self._contained: list[Scenario] = []
        self._found: list[Scenario] = []
        self._looked_at: set[Key] = set()
        self._changing: dict[int, bool] = {}
        self._points: dict[tuple[Reach, tuple[int, ...]], list[Point]] = {}

    def settle(self, scenario: Scenario) -> None:
        """Leave this scenario alone from now on, and each that contains it."""
        self._contained.append(scenario)
        self._looked_at.clear()

    def settled(self, scenario: Scenario) -> bool:
        """Whether there is nothing more to be learnt of it: something was found, or nothing can be compared."""
        key = _key(scenario)
        if key not in self._looked_at:
            self._looked_at.add(key)
            if any(scenario.contains(one) for one in self._contained) or any(
                scenario.calls > one.calls and scenario.contains(one) for one in self._found
            ):
                self._settled.add(key)
        return key in self._settled

    def again(self, attempt: Attempt, times: int) -> int:
        """How many of so many further tries at it come to what no order comes to."""
        if attempt.method is Method.BURST:
            return max(self._bursts_again(attempt, times, answers=answers) for answers in (False, True))
        oracle = self._oracle(attempt.scenario, attempt.method)
        if attempt.method is Method.ORDER:
            self._make_in_order(attempt.scenario)
            return 0
        wrong = sum(not oracle.allows(self._again(attempt)) for _ in range(times))
        if wrong:
            self._widen(oracle, attempt)
            wrong = sum(not oracle.allows(self._again(attempt)) for _ in range(times))
        return wrong

    def _make_in_order(self, scenario: Scenario) -> None:
        """All that is done in order with a scenario: its calls may not come to an end, also if made often."""
        for thread in scenario.threads:
            self.points(thread)
        for answers in (True, False):
            self._journal.scenario(scenario, Method.ORDER)
            Burst(scenario, self._crew, self.rng, answers=answers)

    def stopped(self, scenario: Scenario, owner: int, schedule: list[NativeTurn]) -> Iterator[Observation]:
        """Run by turns; what comes out that no order has."""
        if self.settled(scenario):
            self._run_on(scenario, owner, schedule)
            return
        oracle = self._oracle(scenario, Method.STOPS)
        outcome = self._by_turns(scenario, owner, schedule)
        if not oracle.allows(outcome):
            attempt = Attempt(scenario, Method.STOPS, owner, turns_of(schedule, self._text))
            yield from self._judged(attempt, oracle, outcome)

    def together(self, scenario: Scenario, owner: int) -> Iterator[Observation]:
        """Run at the same moment; what comes out that no order has."""
        if self.settled(scenario):
            return
        oracle = self._oracle(scenario, Method.TOGETHER)
        outcome = self._at_once(scenario, owner)
        if not oracle.allows(outcome):
            yield from self._judged(Attempt(scenario, Method.TOGETHER, owner), oracle, outcome)

    def bursts(self, scenario: Scenario, most: int, *, answers: bool) -> Iterator[Observation]:
        """Run many calls at the same moment, ``most`` times; what comes out that no order has."""
        if self.settled(scenario):
            return
        self._journal.scenario(scenario, Method.ORDER)
        burst = Burst(scenario, self._crew, self.rng, answers=answers)
        self._journal.scenario(scenario, Method.BURST)
        for number in range(most if burst.says_something else 0):
            owner = number % len(scenario.threads)
            if got := self._burst(burst, scenario, owner):
                wrong = (got, burst.differs)
                again = sum(bool(self._burst(burst, scenario, owner)) for _ in range(AGAIN))
                attempt = Attempt(scenario, Method.BURST, owner, times=burst.times)
                yield self._observation(attempt, wrong, burst.allowed(), again, burst.sampled)
                return

    def points(self, calls: Sequence[Operation], reach: Reach = Reach.EXTENSION) -> list[Point]:
        """Where the thread that makes these calls can be stopped, and could not with less reach."""
        key = (reach, tuple(map(id, calls)))
        if key not in self._points:
            self._journal.scenario(Scenario(self._model, (tuple(calls),)), Method.ORDER)
            for _ in range(2):  # the second trace is the one in which caches are filled, and libraries loaded
                self._text.look_again()
                self._crew.step_through(self._text.home, self._text.beyond(reach))
                addresses, _ = self._crew.trace(self._model.make(), calls, TRACED)
            addresses = [address for address in addresses if self._text.reach(address) is reach]
            if not addresses and len(calls) == 1 and reach is Reach.EXTENSION:
                self.effort.unreached[calls[0].name] = "executes no instruction of the extension"
            self._points[key] = points(addresses)
        return self._points[key]

    def changes_something(self, operation: Operation) -> bool:
        """Whether a call leaves a fresh subject in another state than it was in, as far as that can be seen."""
        if id(operation) not in self._changing:
            scenario = Scenario(self._model, ((operation,),))
            self._journal.scenario(scenario, Method.ORDER)
            before = {self._by_turns(Scenario(self._model, ((),)), 0, []).state for _ in range(2)}
            self._changing[id(operation)] = self._by_turns(scenario, 0, []).state not in before
        return self._changing[id(operation)]

    def _run_on(self, scenario: Scenario, owner: int, schedule: list[NativeTurn]) -> None:
        """Run without a comparison, if something was found in this process: a crash, or a deadlock, would be worse."""
        if left := self._worse.get(_key(scenario), 0):
            self._worse[_key(scenario)] = left - 1
            self._by_turns(scenario, owner, schedule)

    def _judged(self, attempt: Attempt, oracle: Oracle, outcome: Outcome) -> Iterator[Observation]:
        """The observation, if no sequential order comes to this outcome even when many more are tried."""
        self._widen(oracle, attempt)
        if oracle.blind:
            self._settled.add(_key(attempt.scenario))
        if not oracle.allows(outcome):
            again = sum(not oracle.allows(self._again(attempt)) for _ in range(AGAIN))
            wrong = (str(outcome), self._differs(attempt, oracle, outcome))
            yield self._observation(attempt, wrong, oracle.allowed(), again, oracle.sampled)

    def _differs(self, attempt: Attempt, oracle: Oracle, outcome: Outcome) -> frozenset[Part]:
        """In what it differs: only in refusals, if the rest is what comes out where the refused calls are not made."""
        refused = oracle.refused(outcome)
        if not refused:
            return oracle.differs(outcome)
        made, answered = [], []
        for thread, calls in enumerate(attempt.scenario.threads):
            kept = [number for number in range(len(calls)) if (thread, number) not in refused]
            made.append(tuple(calls[number] for number in kept))
            answered.append(tuple(outcome.answers[thread][number] for number in kept))
        smaller = replace(attempt, scenario=Scenario(self._model, tuple(made)))
        others = self._oracle(smaller.scenario, attempt.method)
        self._widen(others, smaller)
        rest = replace(outcome, answers=(*answered, *outcome.answers[len(made) :]))
        return frozenset({Part.REFUSAL}) if others.allows(rest) else oracle.differs(outcome)

    def _widen(self, oracle: Oracle, attempt: Attempt) -> None:
        self._journal.scenario(attempt.scenario, Method.ORDER)
        oracle.sample(WIDE)
        self._journal.scenario(attempt.scenario, attempt.method)

    def _bursts_again(self, attempt: Attempt, times: int, *, answers: bool) -> int:
        self._journal.scenario(attempt.scenario, Method.ORDER)
        burst = Burst(attempt.scenario, self._crew, self.rng, answers=answers)
        self._journal.scenario(attempt.scenario, Method.BURST)
        return sum(bool(self._burst(burst, attempt.scenario, attempt.owner)) for _ in range(times))

    def _again(self, attempt: Attempt) -> Outcome:
        if attempt.method is Method.STOPS:
            schedule = [turn.native(self._text) for turn in attempt.turns]
            return self._by_turns(attempt.scenario, attempt.owner, schedule)
        return self._at_once(attempt.scenario, attempt.owner)

    def _by_turns(self, scenario: Scenario, owner: int, schedule: list[NativeTurn]) -> Outcome:
        self._journal.run(owner, schedule)
        subject = self._crew.make(self._model.make, owner)
        answers, stops = self._crew.run(subject, scenario.threads, schedule)
        if schedule:
            self.effort.count(scenario, stops)
        return outcome_of(self._model, subject, answers)

    def _at_once(self, scenario: Scenario, owner: int) -> Outcome:
        self._journal.run(owner, ())
        subject = self._crew.make(self._model.make, owner)
        skews = [self.rng.choice((0, 0, 10, 40, 160)) for _ in range(self._crew.threads)]
        answers = self._crew.together(subject, scenario.threads, skews)
        self.effort.count(scenario, 0)
        return outcome_of(self._model, subject, answers)

    def _burst(self, burst: Burst, scenario: Scenario, owner: int) -> str:
        self._journal.run(owner, [(thread, burst.times, 0, 0) for thread in range(len(scenario.threads))])
        self.effort.count(scenario, 0)
        return burst.wrong(owner)

    def _oracle(self, scenario: Scenario, method: Method) -> Oracle:
        """The oracle of a scenario, made when it is first asked for."""
        oracle = self._oracles.get(_key(scenario))
        if oracle is None:
            self._journal.scenario(scenario, Method.ORDER)
            oracle = self._oracles[_key(scenario)] = Oracle(scenario, self._crew, self.rng)
        self._journal.scenario(scenario, method)
        return oracle

    def _observation(
        self,
        attempt: Attempt,
        wrong: tuple[str, frozenset[Part]],
        allowed: tuple[tuple[str, str], ...],
        again: int,
        sampled: int,
    ) -> Observation:
        self._settled.add(_key(attempt.scenario))
        self._worse.setdefault(_key(attempt.scenario), WORSE)
        self._found.append(attempt.scenario)
        seconds, executions = time.monotonic() - self._begin, self.effort.executions
        got, differs = wrong
        return Observation(Kind.OUTCOME, attempt, got, allowed, (again, AGAIN), sampled, seconds, executions, differs)


def _key(scenario: Scenario) -> Key:
    return tuple(tuple(map(id, thread)) for thread in scenario.threads)
