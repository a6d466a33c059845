"""Every outcome that a scenario may have: those of its calls made one after the other, in every order.

Calls are made by the threads that will make them together, on subjects made by each of these threads, and again with
other objects in memory before: what depends on addresses, on hashes or on the time differs between runs of one order
and is no sign of a race. Such a part of the outcome is not compared.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from ungil.stress.hammer.models.model import Scenario
from ungil.stress.hammer.runs.crew import Crew, NativeTurn
from ungil.stress.hammer.runs.difference import Part, differing, part_of_answer
from ungil.stress.hammer.runs.outcome import Outcome, Value, outcome_of

__all__ = ["Oracle", "orders", "turns_in_order"]

type Order = tuple[int, ...]
"""Which thread makes each call."""

MOST_ORDERS = 100
VARIES: Value = ("varies",)


class Oracle:
    """What one scenario may come to. Not thread-safe: it runs the crew."""

    def __init__(self, scenario: Scenario, crew: Crew, rng: random.Random) -> None:
        """Sample each order once for each thread that can make the subject.

        Raises:
            ValueError: there are more orders than can be tried.
        """
        self.scenario = scenario
        self.sampled = 0
        self._crew = crew
        self._rng = rng
        self._orders = orders([len(thread) for thread in scenario.threads])
        self._seen: dict[Order, list[Outcome]] = {order: [] for order in self._orders}
        self._varying: set[tuple[int, int]] = set()
        self._state_varies = False
        self._allowed: dict[Outcome, Order] = {}
        self.sample(len(scenario.threads))

    def sample(self, times: int) -> None:
        """Run each order that often again, by turns on subjects of each thread."""
        for number in range(times):
            clutter = [bytearray(self._rng.randrange(16, 600)) for _ in range(self._rng.randrange(40))]
            for order in self._orders:
                self._note(order, self._run(order, number % len(self.scenario.threads)))
            del clutter
        self._allowed = {self._masked(outcome): order for order, outcomes in self._seen.items() for outcome in outcomes}

    def allows(self, outcome: Outcome) -> bool:
        """Whether some order has come to this, as far as it can be compared."""
        return self._masked(outcome) in self._allowed

    def differs(self, outcome: Outcome) -> frozenset[Part]:
        """In what an outcome that is not allowed differs from all that are."""
        return differing(self._masked(outcome), self._allowed)

    def refused(self, outcome: Outcome) -> frozenset[tuple[int, int]]:
        """The calls, as (thread, number), that an object refuses in this outcome and in no order."""
        return frozenset(
            (thread, call)
            for thread, answers in enumerate(outcome.answers)
            for call, value in enumerate(answers)
            if part_of_answer(value) is Part.REFUSAL
            and all(value != one.answers[thread][call] for ones in self._seen.values() for one in ones)
        )

    @property
    def blind(self) -> bool:
        """Whether all that could be compared differs by itself."""
        return self._state_varies and len(self._varying) == sum(map(len, self.scenario.threads))

    def allowed(self) -> tuple[tuple[str, str], ...]:
        """Each different outcome, with an order that comes to it."""
        return tuple(
            (" ".join("ABCDEFGH"[thread] for thread in order), str(outcome)) for outcome, order in self._allowed.items()
        )

    def _run(self, order: Order, owner: int) -> Outcome:
        self.sampled += 1
        subject = self._crew.make(self.scenario.model.make, owner)
        answers, _ = self._crew.run(subject, self.scenario.threads, turns_in_order(order))
        return outcome_of(self.scenario.model, subject, answers)

    def _note(self, order: Order, outcome: Outcome) -> None:
        """Remember it, and which parts differ from what the same order came to before."""
        seen = self._seen[order]
        if outcome in seen:
            return
        if seen:
            first = seen[0]
            self._state_varies |= outcome.state != first.state
            self._varying |= {
                (thread, call)
                for thread, answers in enumerate(outcome.answers)
                for call, value in enumerate(answers)
                if value != first.answers[thread][call]
            }
        seen.append(outcome)

    def _masked(self, outcome: Outcome) -> Outcome:
        if not self._varying and not self._state_varies:
            return outcome
        answers = tuple(
            tuple(VARIES if (thread, call) in self._varying else value for call, value in enumerate(values))
            for thread, values in enumerate(outcome.answers)
        )
        return replace(outcome, answers=answers, state=VARIES if self._state_varies else outcome.state)


def orders(calls: Sequence[int]) -> list[Order]:
    """Every order of so many calls of each thread, in which each thread's own calls stay in order.

    Raises:
        ValueError: there are too many.
    """
    found: list[Order] = []
    for order in _orders(list(calls), ()):
        found.append(order)
        if len(found) > MOST_ORDERS:
            raise ValueError(f"{list(calls)} calls have more than {MOST_ORDERS} orders")
    return found


def _orders(left: list[int], order: Order) -> Iterator[Order]:
    if not any(left):
        yield order
        return
    for thread, calls in enumerate(left):
        if calls:
            yield from _orders([*left[:thread], calls - 1, *left[thread + 1 :]], (*order, thread))


def turns_in_order(order: Sequence[int]) -> list[NativeTurn]:
    """The schedule of that order."""
    turns: list[NativeTurn] = []
    completed: dict[int, int] = {}
    for thread, calls in groupby(order):
        completed[thread] = completed.get(thread, 0) + len(list(calls))
        turns.append((thread, completed[thread], 0, 0))
    return turns
