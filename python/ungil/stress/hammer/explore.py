"""What is tried on a model, in which order: cheap and likely first, until the time is over.

Everything here runs in the process whose extension is tested, in the thread that made the crew.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations_with_replacement, product
from typing import Final, Protocol

from ungil.stress.hammer.attempt import Attempt, Kind, Method, Observation, turns_of
from ungil.stress.hammer.burst import Burst
from ungil.stress.hammer.crew import Crew, NativeTurn
from ungil.stress.hammer.model import Model, Operation, Scenario
from ungil.stress.hammer.oracle import Oracle
from ungil.stress.hammer.outcome import Outcome, outcome_of
from ungil.stress.hammer.schedules import Point, one_stop, points, spread, three_threads, two_stops
from ungil.stress.hammer.text import LoadedText

__all__ = ["Effort", "Explorer", "Journal"]

FIRST_LOOK: Final = 150
"""Stops that a pair gets before any other pair gets more."""

PAIRS_OF_STOPS: Final = 400
TRIPLES: Final = 150
TOGETHER: Final = 30
BURSTS: Final = 12
TRACED: Final = 20_000
WIDE: Final = 60
"""Rounds of sequential runs before an outcome is called impossible."""

AGAIN: Final = 5


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
    """What was tried."""

    executions: int = 0
    stops: dict[tuple[str, ...], int] = field(default_factory=dict)  # of each tuple of operations' names
    unreached: dict[str, str] = field(default_factory=dict)  # of operations: why no thread was ever stopped in them


class Explorer:
    """The exploration of one model. Iterate over ``observations()`` until there has been enough."""

    def __init__(self, model: Model, crew: Crew, text: LoadedText, journal: Journal, seed: int) -> None:
        """Explore with this crew, whose text is set."""
        self.effort = Effort()
        self._model = model
        self._crew = crew
        self._text = text
        self._journal = journal
        self._rng = random.Random(seed)  # noqa: S311 - no secret
        self._begin = time.monotonic()
        self._oracles: dict[tuple[tuple[int, ...], ...], Oracle] = {}
        self._points: dict[tuple[int, ...], list[Point]] = {}
        self._found: set[tuple[tuple[int, ...], ...]] = set()

    def observations(self, deadline: float) -> Iterator[Observation]:
        """What is found until then, in the time of ``time.monotonic()``; None of it twice for one scenario."""
        for step in self._steps():
            if time.monotonic() > deadline:
                return
            yield from step

    def _steps(self) -> Iterator[Iterator[Observation]]:
        """What is done, in pieces of some milliseconds."""
        operations = self._model.operations
        for pair in product(operations, repeat=2):
            yield self._stopped_once(pair, FIRST_LOOK)
        for pair in combinations_with_replacement(operations, 2):
            yield self._together(pair)
            yield self._burst(pair, answers=True)
            yield self._burst(pair, answers=False)
        for pair in product(operations, repeat=2):
            yield self._stopped_twice(pair)
        if self._crew.threads > 2:  # noqa: PLR2004 - A and B are always there
            for triple in self._triples():
                yield self._three(triple)
        while True:
            yield self._longer()
            yield self._burst(self._rng.choices(operations, k=2), answers=False)

    def _stopped_once(self, calls: Sequence[Operation], most: int) -> Iterator[Observation]:
        """A stops at each of its instructions in turn."""
        scenario = self._scenario([(call,) for call in calls])
        oracle = self._oracle(scenario, Method.STOPS)
        for owner in range(2):
            for stop in spread(self._points_of(scenario.threads[0]), most, self._rng):
                yield from self._stopped(scenario, oracle, owner, one_stop([1, 1], stop))

    def _stopped_twice(self, calls: Sequence[Operation]) -> Iterator[Observation]:
        scenario = self._scenario([(call,) for call in calls])
        oracle = self._oracle(scenario, Method.STOPS)
        first, second = (self._points_of(thread) for thread in scenario.threads)
        for number, (stop, other) in enumerate(self._pairs(first, second, PAIRS_OF_STOPS)):
            yield from self._stopped(scenario, oracle, number % 2, two_stops([1, 1], stop, other))

    def _three(self, calls: Sequence[Operation]) -> Iterator[Observation]:
        scenario = self._scenario([(call,) for call in calls])
        oracle = self._oracle(scenario, Method.STOPS)
        first, second, _ = (self._points_of(thread) for thread in scenario.threads)
        for number, (stop, other) in enumerate(self._pairs(first, second, TRIPLES)):
            for schedule in three_threads([1, 1, 1], stop, other):
                yield from self._stopped(scenario, oracle, number % 3, schedule)

    def _longer(self) -> Iterator[Observation]:
        """Some calls of each thread, one stop."""
        lengths = [self._rng.randint(1, 3), self._rng.randint(1, 3)]
        threads = [tuple(self._rng.choices(self._model.operations, k=length)) for length in lengths]
        scenario = self._scenario(threads)
        oracle = self._oracle(scenario, Method.STOPS)
        for number, stop in enumerate(spread(self._points_of(scenario.threads[0]), FIRST_LOOK, self._rng)):
            yield from self._stopped(scenario, oracle, number % 2, one_stop(lengths, stop))

    def _together(self, calls: Sequence[Operation]) -> Iterator[Observation]:
        scenario = self._scenario([(call,) for call in calls])
        oracle = self._oracle(scenario, Method.TOGETHER)
        for number in range(TOGETHER):
            attempt = Attempt(scenario, Method.TOGETHER, number % 2)
            yield from self._judged(attempt, oracle, self._try(attempt))

    def _burst(self, calls: Sequence[Operation], *, answers: bool) -> Iterator[Observation]:
        scenario = self._scenario([(call,) for call in calls])
        if self._key(scenario) in self._found:
            return
        self._journal.scenario(scenario, Method.BURST)
        burst = Burst(scenario, self._crew, self._rng, answers=answers)
        for number in range(BURSTS if burst.says_something else 0):
            self._count(scenario)
            self._journal.run(number % 2, ())
            if wrong := burst.wrong(number % 2):
                self._found.add(self._key(scenario))
                attempt = Attempt(scenario, Method.BURST, number % 2, times=burst.times)
                again = sum(bool(burst.wrong(number % 2)) for _ in range(AGAIN))
                yield self._observation(attempt, wrong, burst.allowed(), again, burst.sampled)
                return

    def _stopped(
        self, scenario: Scenario, oracle: Oracle, owner: int, schedule: list[NativeTurn]
    ) -> Iterator[Observation]:
        if self._key(scenario) in self._found:
            return
        self._count(scenario)
        outcome = self._run(scenario, owner, schedule)
        if not oracle.allows(outcome):
            attempt = Attempt(scenario, Method.STOPS, owner, turns_of(schedule, self._text))
            yield from self._judged(attempt, oracle, outcome)

    def _judged(self, attempt: Attempt, oracle: Oracle, outcome: Outcome) -> Iterator[Observation]:
        """The observation, if no sequential order comes to this outcome even when many more are tried."""
        if self._key(attempt.scenario) in self._found or oracle.allows(outcome):
            return
        oracle.sample(WIDE)
        if oracle.allows(outcome):
            return
        again = sum(not oracle.allows(self._try(attempt)) for _ in range(AGAIN))
        self._found.add(self._key(attempt.scenario))
        yield self._observation(attempt, str(outcome), oracle.allowed(), again, oracle.sampled)

    def _try(self, attempt: Attempt) -> Outcome:
        """Make the attempt once."""
        self._count(attempt.scenario)
        scenario, owner = attempt.scenario, attempt.owner
        if attempt.method is Method.STOPS:
            return self._run(scenario, owner, [turn.native(self._text) for turn in attempt.turns])
        self._journal.run(owner, ())
        subject = self._crew.make(self._model.make, owner)
        skews = [self._rng.choice((0, 0, 10, 40, 160)) for _ in range(self._crew.threads)]
        answers = self._crew.together(subject, scenario.threads, skews)
        return outcome_of(self._model, subject, answers)

    def _run(self, scenario: Scenario, owner: int, schedule: list[NativeTurn]) -> Outcome:
        self._journal.run(owner, schedule)
        subject = self._crew.make(self._model.make, owner)
        answers, _ = self._crew.run(subject, scenario.threads, schedule)
        return outcome_of(self._model, subject, answers)

    def _oracle(self, scenario: Scenario, method: Method) -> Oracle:
        """The oracle of a scenario, made when it is first asked for."""
        key = self._key(scenario)
        oracle = self._oracles.get(key)
        if oracle is None:
            self._journal.scenario(scenario, Method.ORDER)
            oracle = self._oracles[key] = Oracle(scenario, self._crew, self._rng)
        self._journal.scenario(scenario, method)
        return oracle

    def _points_of(self, calls: Sequence[Operation]) -> list[Point]:
        """Where the thread that makes these calls can be stopped: what a second trace shows, when caches are filled."""
        key = tuple(map(id, calls))
        if key not in self._points:
            for _ in range(2):
                addresses, _ = self._crew.trace(self._model.make(), calls, TRACED)
            self._points[key] = points(addresses)
            if len(calls) == 1 and not addresses:
                self.effort.unreached[calls[0].name] = "executes no instruction of the extension"
        return self._points[key]

    def _pairs(self, first: list[Point], second: list[Point], most: int) -> list[tuple[Point, Point]]:
        """All pairs of these, or so many of them."""
        if len(first) * len(second) <= most:
            return list(product(first, second))
        if not first or not second:
            return []
        return [(self._rng.choice(first), self._rng.choice(second)) for _ in range(most)]

    def _triples(self) -> list[tuple[Operation, ...]]:
        triples = list(product(self._model.operations, repeat=3))
        self._rng.shuffle(triples)
        return triples

    def _scenario(self, threads: Sequence[tuple[Operation, ...]]) -> Scenario:
        return Scenario(self._model, tuple(threads))

    def _key(self, scenario: Scenario) -> tuple[tuple[int, ...], ...]:
        return tuple(tuple(map(id, thread)) for thread in scenario.threads)

    def _count(self, scenario: Scenario) -> None:
        self.effort.executions += 1
        names = tuple(operation.name for thread in scenario.threads for operation in thread)
        self.effort.stops[names] = self.effort.stops.get(names, 0) + 1

    def _observation(
        self, attempt: Attempt, got: str, allowed: tuple[tuple[str, str], ...], again: int, sampled: int
    ) -> Observation:
        seconds = time.monotonic() - self._begin
        executions = self.effort.executions
        return Observation(Kind.OUTCOME, attempt, got, allowed, (again, AGAIN), sampled, seconds, executions)
