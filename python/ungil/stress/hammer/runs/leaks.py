"""Scenarios whose threads lose memory together: tried with a stop at each instruction, and in bursts."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from ungil.stress.hammer.models.model import Scenario
from ungil.stress.hammer.runs.attempt import Attempt, Kind, Method, Observation, turns_of
from ungil.stress.hammer.runs.crew import Crew, NativeTurn
from ungil.stress.hammer.runs.growth import AGAIN, PASSES, Growth, growth
from ungil.stress.hammer.runs.oracle import turns_in_order
from ungil.stress.hammer.runs.schedules import one_stop, spread
from ungil.stress.hammer.runs.text import LoadedText
from ungil.stress.hammer.runs.trials import Journal, Trials

__all__ = ["Leaks"]

STOPS: Final = 40
TIMES: Final = 50
"""Calls of a thread in a burst."""

SUBJECTS: Final = 10
"""Bursts in a pass."""

REPEATS: Final = 10
"""Runs of one schedule in a pass, to tell which schedule it is."""

type Schedule = list[NativeTurn]


class Leaks:
    """Trials of one model in which only memory is looked at. For the thread that made the crew."""

    def __init__(self, trials: Trials, crew: Crew, text: LoadedText, journal: Journal) -> None:
        """Count runs as trials."""
        self._trials = trials
        self._crew = crew
        self._text = text
        self._journal = journal
        self._begin = time.monotonic()

    def observations(self, scenario: Scenario) -> Iterator[Observation]:
        """What the two threads of this scenario, each with one call, lose together; the first way that shows it."""
        if self._trials.settled(scenario):
            return
        observation = self._with_stops(scenario) or self._in_bursts(scenario)
        if observation:
            self._trials.settle(scenario)
            yield observation

    def again(self, attempt: Attempt, times: int) -> int:
        """How many of so many tries at it show growth. Without turns, it was all stops together that did."""
        if attempt.method is Method.STOPS:
            one = (attempt.owner, [turn.native(self._text) for turn in attempt.turns])
            schedules = [one] * REPEATS if attempt.turns else self._every_stop(attempt.scenario)
            tried: Callable[[], object] = lambda: self._growth(attempt.scenario, schedules)  # noqa: E731
        else:
            tried = lambda: self._in_bursts(attempt.scenario)  # noqa: E731
        return sum(tried() is not None for _ in range(times))

    def _with_stops(self, scenario: Scenario) -> Observation | None:
        schedules = self._every_stop(scenario)
        found = self._growth(scenario, schedules)
        if found is None:
            return None
        for owner, schedule in schedules:
            alone = self._growth(scenario, [(owner, schedule)] * REPEATS)
            if alone:
                attempt = Attempt(scenario, Method.STOPS, owner, turns_of(schedule, self._text))
                return self._observation(attempt, alone, REPEATS)
        return self._observation(Attempt(scenario, Method.STOPS), found, len(schedules))

    def _every_stop(self, scenario: Scenario) -> list[tuple[int, Schedule]]:
        """The first thread stopped at its instructions, on objects that either thread has made."""
        stops = spread(self._trials.points(scenario.threads[0]), STOPS, self._trials.rng)
        lengths = [len(thread) for thread in scenario.threads]
        return [(owner, one_stop(lengths, stop)) for stop in stops for owner in range(2)]

    def _in_bursts(self, scenario: Scenario) -> Observation | None:
        def together() -> None:
            self._journal.scenario(scenario, Method.BURST)
            for number in range(SUBJECTS):
                self._journal.run(number % 2, [(thread, TIMES, 0, 0) for thread in range(len(scenario.threads))])
                subject = self._crew.make(scenario.model.make, number % 2)
                self._crew.together(subject, scenario.threads, [0] * self._crew.threads, times=TIMES, keep=False)
                self._trials.effort.count(scenario, 0)

        def in_order() -> None:
            self._journal.scenario(scenario, Method.ORDER)
            for number in range(SUBJECTS):
                subject = self._crew.make(scenario.model.make, number % 2)
                calls = [call for thread in scenario.threads for call in thread] * TIMES
                self._crew.alone(subject, calls, number // 2 % 2, keep=False)

        found = growth(together, in_order)
        attempt = Attempt(scenario, Method.BURST, times=TIMES)
        return self._observation(attempt, found, SUBJECTS) if found else None

    def _growth(self, scenario: Scenario, schedules: Sequence[tuple[int, Schedule]]) -> Growth | None:
        """Of passes of these runs, beside passes of as many in order."""
        first, second = (range(len(thread)) for thread in scenario.threads[:2])
        orders = [[*(0 for _ in first), *(1 for _ in second)], [*(1 for _ in second), *(0 for _ in first)]]

        def together() -> None:
            self._journal.scenario(scenario, Method.STOPS)
            for owner, schedule in schedules:
                self._trials.effort.count(scenario, self._run(scenario, owner, schedule))

        def in_order() -> None:
            self._journal.scenario(scenario, Method.ORDER)
            for number, (owner, _) in enumerate(schedules):
                self._run(scenario, owner, turns_in_order(orders[number % 2]))

        return growth(together, in_order) if schedules else None

    def _run(self, scenario: Scenario, owner: int, schedule: Schedule) -> int:
        """Run, and drop what comes out; how many stops were reached."""
        self._journal.run(owner, schedule)
        subject = self._crew.make(scenario.model.make, owner)
        return self._crew.run(subject, scenario.threads, schedule)[1]

    def _observation(self, attempt: Attempt, found: Growth, runs: int) -> Observation:
        return Observation(
            kind=Kind.GROWTH,
            attempt=attempt,
            got=f"each run leaves {found.together / runs:.3g} {found.unit} behind",
            allowed=(("any order", f"each run leaves {found.in_order / runs:.3g} {found.unit} behind"),),
            reproduced=(AGAIN, AGAIN),
            sampled=PASSES * (1 + AGAIN) * runs,
            seconds=time.monotonic() - self._begin,
            executions=self._trials.effort.executions,
        )
