"""An observation in words, one fact each: what the threads did, where they stopped, what came out, what was allowed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from ungil.stress.hammer.models.model import Contract
from ungil.stress.hammer.runs.attempt import Attempt, Kind, Method, Observation, Turn
from ungil.stress.hammer.telling.places import Places
from ungil.stress.hammer.telling.standing import stacks_of

__all__ = ["how_they_met", "tell", "threads"]

NAMES: Final = "ABCDEFGH"
ORDERS: Final = 6
"""Outcomes of orders that are told one by one."""

LONGEST: Final = 240
"""Characters of an outcome."""

_ORDINALS: Final = {2: "second", 3: "third"}


def tell(observation: Observation, places: Places) -> Iterator[str]:
    """All that is known of it."""
    yield threads(observation.attempt)
    yield how_they_met(observation.attempt, places)
    yield f"came out: {_short(observation.got)}"
    yield from filter(None, (stack.tell(places) for stack in stacks_of(observation)))
    yield from _allowed(observation.allowed)
    yield _how_often(observation)


def _allowed(allowed: Sequence[tuple[str, str]]) -> Iterator[str]:
    if len(allowed) == 1:
        yield f"in every order: {_short(allowed[0][1])}"
        return
    for order, outcome in allowed[:ORDERS]:
        yield f"in the order {order}: {_short(outcome)}"
    if len(allowed) > ORDERS:
        yield f"and {len(allowed) - ORDERS:,} more that orders come to"


def threads(attempt: Attempt) -> str:
    """``A: append(1) | B: pop(), on a List that A made``."""
    scenario = attempt.scenario
    if all(call.alone for calls in scenario.threads for call in calls):
        return str(scenario)
    readers = "; by its contract readers need no lock" if scenario.model.contract is Contract.READERS else ""
    name = scenario.model.name
    article = "an" if name[:1] in "AEIOUaeiou" else "a"
    return f"{scenario}, on {article} {name} that {NAMES[attempt.owner]} made{readers}"


def how_they_met(attempt: Attempt, places: Places) -> str:
    """``A stops before get+0x34; B runs to its end; A goes on``."""
    if attempt.method is Method.STOPS and not attempt.turns:
        return (
            "A stops before each of its instructions in turn, B runs to its end, A goes on: it took several such runs"
        )
    everyone = " and ".join(NAMES[: len(attempt.scenario.threads)])
    match attempt.method:
        case Method.TOGETHER:
            return f"{everyone} set off at the same moment"
        case Method.BURST:
            often = "once" if attempt.times == 1 else f"{attempt.times:,} times"
            return f"{everyone} set off at the same moment, and make each call {often}"
        case _:
            first = "in a process that has not used the extension before, "
            turns = "; ".join(_turns(attempt, places))
            return f"{first if attempt.method is Method.FIRST_USE else ''}{turns}"


def _turns(attempt: Attempt, places: Places) -> Iterator[str]:
    stopped: set[int] = set()
    for turn in attempt.turns:
        if turn.stop:
            again = "goes on and " if turn.thread in stopped else ""
            yield f"{NAMES[turn.thread]} {again}stops before {places[turn.stop]}{_which_time(turn)}"
            stopped.add(turn.thread)
        elif turn.thread in stopped:
            yield f"{NAMES[turn.thread]} goes on"
        else:
            yield f"{NAMES[turn.thread]} runs to its end"


def _which_time(turn: Turn) -> str:
    if turn.hit <= 1:
        return ""
    return f", which it reaches for the {_ORDINALS.get(turn.hit, f'{turn.hit}th')} time"


def _how_often(observation: Observation) -> str:
    again, tries = observation.reproduced
    runs = f" and {observation.executions:,} runs" if observation.executions else ""
    first = f"first seen after {observation.seconds:.2f} s{runs}"
    repeated = f"again in {again} of {tries} tries; " if tries else ""
    orders = f"; {observation.sampled:,} runs in order came to nothing else" if observation.kind is Kind.OUTCOME else ""
    return f"{repeated}{first}{orders}"


def _short(text: str) -> str:
    """The beginning and the end of what is too long to be read."""
    half = LONGEST // 2
    return text if len(text) <= LONGEST else f"{text[:half]} ... {text[-half:]}"
