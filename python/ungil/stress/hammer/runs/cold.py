"""The first use of an extension: what it builds once is built once only, so each run needs a process of its own.

A run is a fork of the process that has imported the extension and done nothing with it yet. That takes milliseconds, so
threads are stopped only at instructions that a first call executes and a second one does not: where something is
built, whether it is kept in the module, in a type or in a function.
"""

from __future__ import annotations

import json
import os
import random
import select
import signal
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ungil.stress.hammer.models.model import Model, Operation, Scenario
from ungil.stress.hammer.runs.attempt import Attempt, Kind, Method, Observation, turns_of
from ungil.stress.hammer.runs.crew import NativeTurn, crew_of
from ungil.stress.hammer.runs.difference import differing_texts
from ungil.stress.hammer.runs.oracle import orders, turns_in_order
from ungil.stress.hammer.runs.outcome import outcome_of
from ungil.stress.hammer.runs.schedules import Point, one_stop, points, spread
from ungil.stress.hammer.runs.text import LoadedText
from ungil.stress.hammer.runs.trials import Journal

__all__ = ["ColdStart", "Ended", "in_a_fork"]

STOPS: Final = 40
PARTNERS: Final = 4
"""Operations that run beside one that builds something, itself included."""

TRACED: Final = 20_000
PATIENCE: Final = 5.0
"""Seconds for one run."""

MORE_ORDERS: Final = 5
AGAIN: Final = 5


@dataclass(frozen=True, slots=True)
class Ended:
    """How a fork ended: with what it returned, or without.

    Attributes:
        value: what it returned; None if it did not.
        why: ``SIGSEGV``, ``hangs``, ``exit code 3``; empty if it returned.
    """

    value: Any
    why: str = ""


class ColdStart:
    """First uses of one model. To be used while nothing else has been done with the extension, and no crew is there."""

    def __init__(
        self, model: Model, text: LoadedText, journal: Journal, rng: random.Random, *, breakpoints: bool = True
    ) -> None:
        """Nothing runs yet. Without breakpoints, threads are single-stepped to where they stop."""
        self.executions = 0
        self._breakpoints = breakpoints
        self._model = model
        self._text = text
        self._journal = journal
        self._rng = rng
        self._begin = time.monotonic()

    def observations(self, deadline: float) -> Iterator[Observation]:
        """What is found until then, in the time of ``time.monotonic()``; nothing twice for one scenario."""
        for first in self._model.operations:
            if time.monotonic() > deadline:
                return
            stops = self._building(first)
            for second in self._partners(first) if stops else []:
                scenario = Scenario(self._model, ((first,), (second,)))
                yield from self._one_stop(scenario, stops, deadline)
                if time.monotonic() > deadline:
                    return

    def again(self, attempt: Attempt) -> Ended:
        """Make an attempt once: what it came to, as text."""
        return self._run(attempt.scenario, attempt.owner, [turn.native(self._text) for turn in attempt.turns])

    def failures(self, attempt: Attempt, times: int) -> int:
        """How many of so many tries at it come to what no order comes to."""
        allowed = self._allowed(attempt.scenario, MORE_ORDERS)
        return sum(self._is_wrong(self.again(attempt), allowed) for _ in range(times)) if allowed else 0

    def _one_stop(self, scenario: Scenario, stops: Sequence[Point], deadline: float) -> Iterator[Observation]:
        allowed = self._allowed(scenario, 1)
        for number, stop in enumerate(stops):
            if not allowed or time.monotonic() > deadline:
                return
            attempt = self._attempt(scenario, number % 2, one_stop([1, 1], stop))
            if self._is_wrong(self.again(attempt), allowed):
                more = self._allowed(scenario, MORE_ORDERS)
                if not more:
                    return  # what an order comes to differs by itself
                allowed |= more
                ends = [self.again(attempt) for _ in range(AGAIN)]
                wrong = [end for end in ends if self._is_wrong(end, allowed)]
                if wrong:
                    yield self._observation(attempt, wrong[0], allowed, len(wrong))
                    return

    def _allowed(self, scenario: Scenario, times: int) -> dict[str, str]:
        """What the orders come to, by what they come to; nothing if one of them differs by itself or does not end."""
        allowed: dict[str, str] = {}
        for order in orders([1, 1]):
            ends = {self._run(scenario, owner, turns_in_order(order)) for owner in (0, 1) for _ in range(times)}
            if len(ends) > 1 or any(end.why for end in ends):
                return {}
            allowed[ends.pop().value] = " ".join("AB"[thread] for thread in order)
        return allowed

    def _building(self, operation: Operation) -> list[Point]:
        """Where a first call is that a second one never comes to."""
        self._journal.scenario(Scenario(self._model, ((operation,),)), Method.ORDER)
        self._journal.run(0, ())
        ended = in_a_fork(lambda: self._traces(operation), PATIENCE)
        if ended.why:
            return []
        first, second = ended.value
        later = set(second)
        return spread([(address, hit) for address, hit in points(first) if address not in later], STOPS, self._rng)

    def _traces(self, operation: Operation) -> list[list[int]]:
        """Of a first call and of a second one, each on a subject of its own."""
        subjects = [self._model.make() for _ in range(2)]
        with crew_of(1, breakpoints=self._breakpoints) as crew:
            crew.step_through(self._text.home, [])
            return [crew.trace(subject, [operation], TRACED)[0] for subject in subjects]

    def _partners(self, operation: Operation) -> list[Operation]:
        others = [one for one in self._model.operations if one is not operation]
        return [operation, *self._rng.sample(others, min(len(others), PARTNERS - 1))]

    def _run(self, scenario: Scenario, owner: int, schedule: list[NativeTurn]) -> Ended:
        self.executions += 1
        self._journal.scenario(scenario, Method.FIRST_USE)
        self._journal.run(owner, schedule)
        return in_a_fork(lambda: self._outcome(scenario, owner, schedule), PATIENCE)

    def _outcome(self, scenario: Scenario, owner: int, schedule: list[NativeTurn]) -> str:
        with crew_of(2, breakpoints=self._breakpoints) as crew:
            crew.step_through(self._text.home, [])
            subject = crew.make(self._model.make, owner)
            answers, _ = crew.run(subject, scenario.threads, schedule)
            return str(outcome_of(self._model, subject, answers))

    def _attempt(self, scenario: Scenario, owner: int, schedule: list[NativeTurn]) -> Attempt:
        return Attempt(scenario, Method.FIRST_USE, owner, turns_of(schedule, self._text))

    def _is_wrong(self, ended: Ended, allowed: dict[str, str]) -> bool:
        return bool(ended.why) or ended.value not in allowed

    def _observation(self, attempt: Attempt, ended: Ended, allowed: dict[str, str], again: int) -> Observation:
        kind = Kind.OUTCOME if not ended.why else Kind.HANG if ended.why == "hangs" else Kind.CRASH
        orders_of = tuple((order, text) for text, order in allowed.items())
        seconds = time.monotonic() - self._begin
        got = ended.why or ended.value
        differs = differing_texts(got, allowed) if kind is Kind.OUTCOME else frozenset()
        sampled = MORE_ORDERS * 4
        return Observation(kind, attempt, got, orders_of, (again, AGAIN), sampled, seconds, self.executions, differs)


def in_a_fork(work: Callable[[], object], patience: float) -> Ended:
    """What ``work`` returns in a copy of this process; what it returns has to be JSON.

    ``why`` says how the copy ended if it did not return within ``patience`` seconds.
    """
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forking beside threads: the copy uses none of them
        copy = os.fork()
    if copy == 0:
        _work_and_exit(work, writing)
    os.close(writing)
    try:
        text = _read(reading, time.monotonic() + patience)
    finally:
        os.close(reading)
    if text is None:
        os.kill(copy, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(copy, 0)[1])
    if text is None:
        return Ended(None, "hangs")
    if code or not text:
        return Ended(None, signal.Signals(-code).name if code < 0 else f"exit code {code}")
    return Ended(json.loads(text))


def _work_and_exit(work: Callable[[], object], writing: int) -> None:
    """In the copy: it ends here, whatever happens, and nothing of its parent's is flushed."""
    try:
        with os.fdopen(writing, "w", encoding="utf-8", errors="backslashreplace") as out:
            json.dump(work(), out)
        os._exit(0)
    finally:
        os._exit(1)


def _read(file: int, deadline: float) -> str | None:
    """All that is written until the other end is closed; None if that takes too long."""
    parts: list[bytes] = []
    while (left := deadline - time.monotonic()) > 0:
        if not select.select([file], [], [], left)[0]:
            return None
        part = os.read(file, 65536)
        if not part:
            return b"".join(parts).decode("utf-8")
        parts.append(part)
    return None
