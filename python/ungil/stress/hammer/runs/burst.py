"""Many calls of each thread at the same moment: for races inside one instruction, where no thread can be stopped.

So many calls have too many orders to try. What is compared is what does not depend on the order at all: if the state
that is left behind, or all answers together, are the same after many orders chosen at random, they have to be the same
after a burst.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Sequence
from typing import Final

from ungil.stress.hammer.models.model import Scenario
from ungil.stress.hammer.runs.crew import Crew
from ungil.stress.hammer.runs.difference import Part, part_of_answer
from ungil.stress.hammer.runs.outcome import Answer, Value, outcome_of, shown

__all__ = ["Burst"]

ORDERS: Final = 8
"""Sequential runs before the first burst: one thread first, the other first, on objects of each, and mixtures."""

MORE_ORDERS: Final = 40
"""Further ones before what a burst came to is called wrong."""

FEW: Final = 50
"""Calls of a thread, if what they answer is compared."""

MOST: Final = 2000
LONGEST: Final = 0.001
"""Seconds that the calls of one thread may take."""


class Burst:
    """Bursts of one scenario of one call for each thread. Not thread-safe: it runs the crew."""

    def __init__(self, scenario: Scenario, crew: Crew, rng: random.Random, *, answers: bool) -> None:
        """Find out how often calls are to be made, and what does not depend on their order.

        With ``answers``, all that the calls answer is compared, which takes longer, so they are fewer.
        """
        self._scenario = scenario
        self._crew = crew
        self._rng = rng
        self._answers = answers
        self._constant: dict[str, Value] = {}
        self.sampled = 0
        self.differs: frozenset[Part] = frozenset()
        self.times = self._affordable(FEW if answers else MOST)
        self._sample(ORDERS)

    @property
    def says_something(self) -> bool:
        """Whether anything is the same in all orders."""
        return bool(self._constant)

    def wrong(self, owner: int) -> str:
        """What a burst came to, if no order does, and ``differs`` then says in what; else nothing."""
        subject = self._crew.make(self._scenario.model.make, owner)
        skews = [self._rng.choice((0, 0, 10, 40, 160)) for _ in range(self._crew.threads)]
        answers = self._crew.together(subject, self._scenario.threads, skews, times=self.times, keep=self._answers)
        seen = self._parts(subject, answers)
        if self._differences(seen):
            self._sample(MORE_ORDERS)
        wrong = self._differences(seen)
        self.differs = frozenset(part for name in wrong for part in self._wrong_parts(name, seen[name]))
        return "; ".join(_told(name, seen[name]) for name in wrong)

    def allowed(self) -> tuple[tuple[str, str], ...]:
        """What all orders come to."""
        return tuple(("any order", _told(name, value)) for name, value in self._constant.items())

    def _wrong_parts(self, name: str, seen: Value) -> set[Part]:
        """Of answers, those that no order gives; if there are only too many or too few of some, answers."""
        if name == "state":
            return {Part.STATE}
        usual = self._constant[name][-1]
        return {part_of_answer(value) for value in seen[-1] if value not in usual} or {Part.ANSWER}

    def _differences(self, seen: dict[str, Value]) -> list[str]:
        return [name for name, value in self._constant.items() if seen[name] != value]

    def _affordable(self, most: int) -> int:
        """How many calls fit into the time: twice as many as did, as long as they do."""
        times = 2
        while times < most:
            subject = self._scenario.model.make()
            began = time.perf_counter()
            self._crew.together(subject, self._scenario.threads[:1], [0] * self._crew.threads, times=times)
            if time.perf_counter() - began > LONGEST / 2:
                break
            times *= 2
        return min(times, most)

    def _sample(self, orders: int) -> None:
        """Make the calls in so many orders, and keep what they all come to."""
        threads = len(self._scenario.threads)
        for _ in range(orders):
            owner = self.sampled % threads
            subject = self._crew.make(self._scenario.model.make, owner)
            if self.sampled < 2 * threads:
                answers = self._one_thread_after_the_other(subject, self.sampled // threads)
            else:
                answers = [self._mixed(subject, owner)]
            parts = self._parts(subject, answers)
            self.sampled += 1
            if self.sampled == 1:
                self._constant = parts
            self._constant = {name: value for name, value in self._constant.items() if parts[name] == value}

    def _one_thread_after_the_other(self, subject: object, last: int) -> list[list[Answer]]:
        """Each thread makes its own calls, as in a burst: an object may know the thread that made it."""
        calls = [list(own) * self.times for own in self._scenario.threads]
        order = [*(thread for thread in range(len(calls)) if thread != last), last]
        answers, _ = self._crew.run(subject, calls, [(thread, len(calls[thread]), 0, 0) for thread in order])
        return answers if self._answers else []

    def _mixed(self, subject: object, thread: int) -> list[Answer]:
        """One thread makes the calls of all, in an order chosen at random."""
        calls = [call for own in self._scenario.threads for call in own] * self.times
        self._rng.shuffle(calls)
        return self._crew.alone(subject, calls, thread, keep=self._answers)

    def _parts(self, subject: object, answers: Sequence[Sequence[Answer]]) -> dict[str, Value]:
        outcome = outcome_of(self._scenario.model, subject, answers)
        if not self._answers:
            return {"state": outcome.state}
        every = sorted((answer for thread in outcome.answers for answer in thread), key=repr)
        return {"state": outcome.state, "answers": ("tuple", tuple(every))}


def _told(name: str, value: Value) -> str:
    """Of many answers, how often each was given."""
    if name != "answers":
        return f"{name} {shown(value)}"
    counted = Counter(map(shown, value[-1])).most_common()
    return "answers: " + ", ".join(text if number == 1 else f"{number} times {text}" for text, number in counted)
