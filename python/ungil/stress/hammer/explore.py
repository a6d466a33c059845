"""What is tried on a model, in which order: cheap and likely first, until the time is over."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from itertools import combinations_with_replacement, product
from typing import Final

from ungil.stress.hammer.attempt import Observation
from ungil.stress.hammer.crew import Crew
from ungil.stress.hammer.model import Contract, Model, Operation, Scenario
from ungil.stress.hammer.schedules import Point, one_stop, spread, three_threads, two_stops
from ungil.stress.hammer.text import LoadedText
from ungil.stress.hammer.trials import Effort, Journal, Trials

__all__ = ["Explorer"]

FIRST_LOOK: Final = 150
"""Stops that a pair of calls gets before any other pair gets more."""

PAIRS_OF_STOPS: Final = 400
THREE_THREADS: Final = 60
TOGETHER: Final = 30
BURSTS: Final = 12
LONGEST: Final = 3
"""Calls of a thread, where it makes several."""


class Explorer:
    """The exploration of one model, with one seed. Iterate over ``observations()`` until there has been enough."""

    def __init__(self, model: Model, crew: Crew, text: LoadedText, journal: Journal, seed: int) -> None:
        """Explore with this crew."""
        self._model = model
        self._rng = random.Random(seed)  # noqa: S311 - no secret
        self._trials = Trials(model, crew, text, journal, self._rng)
        self._threads = crew.threads

    @property
    def effort(self) -> Effort:
        """What has been tried so far."""
        return self._trials.effort

    def observations(self, deadline: float) -> Iterator[Observation]:
        """What is found until then, in the time of ``time.monotonic()``; nothing twice for one scenario."""
        for step in self.steps():
            for observation in step:
                yield observation
                if time.monotonic() > deadline:
                    return
            if time.monotonic() > deadline:
                return

    def steps(self) -> Iterator[Iterator[Observation]]:
        """All of it, in pieces of some milliseconds, without an end."""
        pairs = self._permitted(product(self._model.operations, repeat=2))
        for pair in pairs:
            yield self._one_stop([pair[:1], pair[1:]], FIRST_LOOK)
        for pair in self._permitted(combinations_with_replacement(self._model.operations, 2)):
            yield self._at_once(pair, BURSTS)
        for pair in pairs:
            yield self._two_stops(pair)
        for pair in pairs:
            yield self._one_stop([pair[:1], pair[1:]], FIRST_LOOK, beyond=True)
        while pairs:
            yield from self._further(pairs)

    def _further(self, pairs: Sequence[tuple[Operation, ...]]) -> Iterator[Iterator[Observation]]:
        """One of each, chosen at random."""
        pair = self._rng.choice(pairs)
        yield self._one_stop([pair[:1], pair[1:]], FIRST_LOOK)
        yield self._at_once(pair, 1)
        for _ in range(4):
            yield self._one_stop([self._several(), self._several()], FIRST_LOOK // 4)
        if self._threads > 2:  # noqa: PLR2004 - A and B are always there
            yield self._three_threads([*pair, self._rng.choice(pairs)[0]])

    def _one_stop(
        self, threads: Sequence[Sequence[Operation]], most: int, *, beyond: bool = False
    ) -> Iterator[Observation]:
        """A stops at one of its instructions after the other."""
        scenario, lengths = self._scenario(threads), [len(thread) for thread in threads]
        for owner in range(2):
            for stop in spread(self._trials.points(scenario.threads[0], beyond=beyond), most, self._rng):
                yield from self._trials.stopped(scenario, owner, one_stop(lengths, stop))

    def _two_stops(self, calls: Sequence[Operation]) -> Iterator[Observation]:
        scenario = self._scenario([(call,) for call in calls])
        for number, (stop, other) in enumerate(self._stops(scenario, PAIRS_OF_STOPS)):
            yield from self._trials.stopped(scenario, number % 2, two_stops([1, 1], stop, other))

    def _three_threads(self, calls: Sequence[Operation]) -> Iterator[Observation]:
        scenario = self._scenario([(call,) for call in calls])
        for number, (stop, other) in enumerate(self._stops(scenario, THREE_THREADS)):
            for schedule in three_threads([1, 1, 1], stop, other):
                yield from self._trials.stopped(scenario, number % 3, schedule)

    def _at_once(self, calls: Sequence[Operation], bursts: int) -> Iterator[Observation]:
        scenario = self._scenario([(call,) for call in calls])
        for number in range(TOGETHER):
            yield from self._trials.together(scenario, number % 2)
        yield from self._trials.bursts(scenario, bursts, answers=True)
        yield from self._trials.bursts(scenario, bursts, answers=False)

    def _stops(self, scenario: Scenario, most: int) -> list[tuple[Point, Point]]:
        """Where A and B stop: all pairs of places, or so many of them."""
        first, second = (self._trials.points(thread) for thread in scenario.threads[:2])
        if len(first) * len(second) <= most:
            return list(product(first, second))
        return [(self._rng.choice(first), self._rng.choice(second)) for _ in range(most)]

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
        return [one for one in self._model.operations if not self._trials.changes_something(one)]

    def _scenario(self, threads: Sequence[Sequence[Operation]]) -> Scenario:
        return Scenario(self._model, tuple(map(tuple, threads)))
