"""Attempts that are simpler than one that fails: if one of them fails too, it says more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ungil.stress.hammer.models.model import Scenario
from ungil.stress.hammer.runs.attempt import Attempt, Method, Turn

__all__ = ["simpler"]


def simpler(attempt: Attempt) -> Iterator[Attempt]:
    """Without one thread, without one call, without one stop, made by A: the greatest steps first."""
    yield from _without_a_thread(attempt)
    yield from _without_a_call(attempt)
    yield from _without_a_stop(attempt)
    if attempt.owner != 0:
        yield replace(attempt, owner=0)


def _without_a_thread(attempt: Attempt) -> Iterator[Attempt]:
    threads = attempt.scenario.threads
    for left_out in range(len(threads)) if len(threads) > 2 else ():  # noqa: PLR2004 - fewer than two share nothing
        turns = tuple(
            replace(turn, thread=turn.thread - (turn.thread > left_out))
            for turn in attempt.turns
            if turn.thread != left_out
        )
        kept = threads[:left_out] + threads[left_out + 1 :]
        owner = min(attempt.owner - (attempt.owner > left_out), len(kept) - 1)
        yield replace(attempt, scenario=Scenario(attempt.scenario.model, kept), turns=turns, owner=owner)


def _without_a_call(attempt: Attempt) -> Iterator[Attempt]:
    """Each thread keeps one call at least; a stop in a loop may now be reached sooner."""
    for thread, calls in enumerate(attempt.scenario.threads):
        for left_out in range(len(calls)) if len(calls) > 1 else ():
            kept = calls[:left_out] + calls[left_out + 1 :]
            threads = (*attempt.scenario.threads[:thread], kept, *attempt.scenario.threads[thread + 1 :])
            turns = tuple(_fewer_calls(turn, thread, left_out) for turn in attempt.turns)
            shorter = replace(attempt, scenario=Scenario(attempt.scenario.model, threads), turns=turns)
            yield shorter
            yield from _sooner(shorter)


def _fewer_calls(turn: Turn, thread: int, left_out: int) -> Turn:
    gone = turn.thread == thread and turn.calls > left_out
    return replace(turn, calls=turn.calls - 1) if gone else turn


def _sooner(attempt: Attempt) -> Iterator[Attempt]:
    if any(turn.hit > 1 for turn in attempt.turns):
        yield replace(attempt, turns=tuple(replace(turn, hit=min(turn.hit, 1)) for turn in attempt.turns))


def _without_a_stop(attempt: Attempt) -> Iterator[Attempt]:
    """One stop is needed for threads to meet."""
    stopped = [index for index, turn in enumerate(attempt.turns) if turn.stop]
    if attempt.method is Method.STOPS and len(stopped) > 1:
        for index in stopped:
            turns = list(attempt.turns)
            turns[index] = replace(turns[index], stop=None, hit=0)
            yield replace(attempt, turns=tuple(turns))
