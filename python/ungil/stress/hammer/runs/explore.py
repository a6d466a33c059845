"""What is tried on a model, in which order: cheap and likely first, until the time is over."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from itertools import combinations_with_replacement, product
from typing import Final

from ungil.stress.hammer.models.model import Contract, Model, Operation, Scenario
from ungil.stress.hammer.runs.attempt import Attempt, Method, Observation
from ungil.stress.hammer.runs.crew import Crew
from ungil.stress.hammer.runs.leaks import Leaks
from ungil.stress.hammer.runs.schedules import Point, one_stop, spread, stopped_twice, three_threads, two_stops
from ungil.stress.hammer.runs.text import LoadedText, Reach
from ungil.stress.hammer.runs.trials import Effort, Journal, Trials

__all__ = ["Explorer"]

FIRST_LOOK: Final = 150
"""Stops that a pair of calls gets before any other pair gets more."""

EVERY: Final = 2000
"""Stops of a scenario that is tried again as a whole."""

PAIRS_OF_STOPS: Final = 400
THREE_CALLS: Final = 60
"""Pairs of stops for three calls, each time that they are tried."""

TRIPLES: Final = 200
AT_LEAST: Final = 3000
"""Pairs of stops for all pairs of calls together, or all triples, where these are few."""

TOGETHER: Final = 30
BURSTS: Final = 12
ROUNDS: Final = 20
LONGEST: Final = 3
"""Calls of a thread, where it makes several."""


class Explorer:
    """The exploration of one model, with one seed. Iterate over ``observations()`` until there has been enough.

    Attributes:
        trials: the runs that it makes.
        leaks: those in which it looks at memory only.
        step: how many steps are over. What is passed over at the beginning counts.
        over: whether there is nothing left to try.
    """

    def __init__(self, model: Model, crew: Crew, text: LoadedText, journal: Journal, seed: int) -> None:
        """Explore with this crew."""
        self.trials = Trials(model, crew, text, journal, random.Random(seed))  # noqa: S311 - no secret
        self.leaks = Leaks(self.trials, crew, text, journal)
        self.step = 0
        self.over = False
        self._model = model
        self._rng = self.trials.rng
        self._threads = crew.threads
        self._breakpoints = crew.has_breakpoints
        self._passed = 0
        self._seen = self._all()

    @property
    def effort(self) -> Effort:
        """What has been tried so far."""
        return self.trials.effort

    def observations(self, deadline: float) -> Iterator[Observation]:
        """What is found until then, in the time of ``time.monotonic()``; nothing twice for one scenario.

        A later call goes on where this one ends.
        """
        for seen in self._seen:
            if seen:
                yield seen
            if time.monotonic() > deadline:
                return
        self.over = True

    def pass_over(self, steps: int) -> None:
        """Leave out so many steps at the beginning, which an earlier process has made."""
        self._passed = steps

    def again(self, attempt: Attempt, times: int) -> int:
        """How many of so many tries at it come to what no order comes to; without stops, of tries at all stops."""
        if attempt.method is not Method.STOPS or attempt.turns:
            return self.trials.again(attempt, times)
        return sum(1 for _ in self._one_stop(attempt.scenario.threads, EVERY, times=times))

    def _all(self) -> Iterator[Observation | None]:
        """What is found, and None after each step."""
        for step in self.steps():
            if self.step >= self._passed:
                yield from step
            self.step += 1
            yield None

    def steps(self) -> Iterator[Iterator[Observation]]:
        """All of it, in pieces of some milliseconds; without an end as long as anything can be tried."""
        pairs = self._permitted(product(self._model.operations, repeat=2))
        for pair in pairs:
            yield self._one_stop([pair[:1], pair[1:]], FIRST_LOOK)
        for pair in self._permitted(combinations_with_replacement(self._model.operations, 2)):
            yield self._at_once(pair, BURSTS)
        for pair in pairs:
            yield self._two_stops(pair, max(PAIRS_OF_STOPS, AT_LEAST // len(pairs)))
        triples = self._triples(pairs)
        for triple in triples:
            yield self._three_calls(triple, max(THREE_CALLS, AT_LEAST // len(triples)))
        for pair in pairs:
            yield self.leaks.observations(self._scenario([pair[:1], pair[1:]]))
        # Without breakpoints a thread is stepped to its stop, and the way is long there.
        for reach, pair in product((Reach.LIBRARIES, Reach.INTERPRETER) if self._breakpoints else (), pairs):
            yield self._one_stop([pair[:1], pair[1:]], FIRST_LOOK, reach)
        before = -1
        while before < self.effort.executions:  # else all that could be tried has already been seen to fail
            before = self.effort.executions
            for _ in range(ROUNDS if pairs else 0):
                yield from self._further(pairs)

    def _further(self, pairs: Sequence[tuple[Operation, ...]]) -> Iterator[Iterator[Observation]]:
        """One of each, chosen at random."""
        pair = self._rng.choice(pairs)
        yield self._one_stop([pair[:1], pair[1:]], FIRST_LOOK)
        yield self._at_once(pair, 1)
        for _ in range(4):
            yield self._one_stop([self._several(), self._several()], FIRST_LOOK // 4)
        yield self._three_calls((*pair, self._rng.choice(pairs)[0]), THREE_CALLS)

    def _one_stop(
        self, threads: Sequence[Sequence[Operation]], most: int, reach: Reach = Reach.EXTENSION, *, times: int = 1
    ) -> Iterator[Observation]:
        """A stops at one of its instructions after the other, so many times at each."""
        scenario, lengths = self._scenario(threads), [len(thread) for thread in threads]
        for owner in range(2):
            for stop in spread(self.trials.points(scenario.threads[0], reach), most, self._rng):
                for _ in range(times):
                    yield from self.trials.stopped(scenario, owner, one_stop(lengths, stop))

    def _two_stops(self, calls: Sequence[Operation], most: int) -> Iterator[Observation]:
        scenario = self._scenario([(call,) for call in calls])
        for number, (stop, other) in enumerate(self._stops(scenario, most)):
            yield from self.trials.stopped(scenario, number % 2, two_stops([1, 1], stop, other))

    def _three_calls(self, calls: Sequence[Operation], most: int) -> Iterator[Observation]:
        """A stops twice and each other call comes in at one of the stops; or, of three threads, two stop."""
        first, second, third = calls
        in_two = self._scenario([(first,), (second, third)])
        for number, (stop, other) in enumerate(self._stops_of_one(first, most)):
            yield from self.trials.stopped(in_two, number % 2, stopped_twice([1, 2], stop, other))
        if self._threads > 2:  # noqa: PLR2004 - A and B are always there
            yield from self._three_threads(self._scenario([(first,), (second,), (third,)]), most)

    def _three_threads(self, scenario: Scenario, most: int) -> Iterator[Observation]:
        for number, (stop, other) in enumerate(self._stops(scenario, most)):
            for schedule in three_threads([1, 1, 1], stop, other):
                yield from self.trials.stopped(scenario, number % 3, schedule)
        for number, (stop, other) in enumerate(self._stops_of_one(scenario.threads[0][0], most)):
            yield from self.trials.stopped(scenario, number % 3, stopped_twice([1, 1, 1], stop, other))

    def _at_once(self, calls: Sequence[Operation], bursts: int) -> Iterator[Observation]:
        scenario = self._scenario([(call,) for call in calls])
        for number in range(TOGETHER):
            yield from self.trials.together(scenario, number % 2)
        yield from self.trials.bursts(scenario, bursts, answers=True)
        yield from self.trials.bursts(scenario, bursts, answers=False)

    def _stops(self, scenario: Scenario, most: int) -> list[tuple[Point, Point]]:
        """Where A and B stop: all pairs of places, or so many of them."""
        first, second = (self.trials.points(thread) for thread in scenario.threads[:2])
        if len(first) * len(second) <= most:
            return list(product(first, second))
        return [(self._rng.choice(first), self._rng.choice(second)) for _ in range(most)]

    def _stops_of_one(self, call: Operation, most: int) -> list[tuple[Point, Point]]:
        """Where one thread stops and stops again: further on, or where it comes by again for what another has done."""
        places = self.trials.points((call,))
        pairs = list(product(range(len(places)), repeat=2))
        if len(pairs) > most:
            pairs = self._rng.sample(pairs, most)
        return [(places[first], _after(places, first, second)) for first, second in pairs]

    def _triples(self, pairs: Sequence[tuple[Operation, ...]]) -> list[tuple[Operation, ...]]:
        """Three calls, as many as there are or so many of them."""
        calls = list(dict.fromkeys(call for pair in pairs for call in pair))
        if len(calls) ** 3 <= TRIPLES:
            return list(product(calls, repeat=3))
        return [tuple(self._rng.choices(calls, k=3)) for _ in range(TRIPLES)]

    def _several(self) -> tuple[Operation, ...]:
        """Some calls of one thread."""
        readers = self._readers() if self._model.contract is Contract.READERS else self._model.operations
        return tuple(self._rng.choices(readers, k=self._rng.randint(1, LONGEST)))

    def _permitted(self, pairs: Iterator[tuple[Operation, ...]]) -> list[tuple[Operation, ...]]:
        """Those that the contract of the class lets threads do at the same time."""
        if self._model.contract is Contract.ANY:
            return list(pairs)
        readers = self._readers()
        return [pair for pair in pairs if all(operation in readers for operation in pair)]

    def _readers(self) -> list[Operation]:
        return [one for one in self._model.operations if not self.trials.changes_something(one)]

    def _scenario(self, threads: Sequence[Sequence[Operation]]) -> Scenario:
        return Scenario(self._model, tuple(map(tuple, threads)))


def _after(places: Sequence[Point], first: int, second: int) -> Point:
    """A place, with its times counted after another one; the first time if the trace has it before that."""
    address, hit = places[second]
    return address, max(1, hit - sum(1 for other, _ in places[: first + 1] if other == address))
