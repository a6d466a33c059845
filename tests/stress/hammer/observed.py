"""Observations that nobody has made: for what is done with them afterwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ungil.stress.hammer.models.model import Contract, Model, Scenario, operation
from ungil.stress.hammer.runs.attempt import Attempt, Kind, Method, Observation, Turn
from ungil.stress.hammer.runs.difference import Part
from ungil.stress.hammer.runs.text import Spot

EXTENSION = "/opt/boxes/_boxes.so"
"""A file that is not there."""


def model(
    *operations: object,
    make: Callable[[], object] = list,
    name: str = "Box",
    relaxed: Mapping[str, str] | None = None,
    contract: Contract = Contract.ANY,
    state: Callable[[Any], object] | None = None,
) -> Model:
    """A model of these operations."""
    return Model(
        name=name,
        make=make,
        operations=tuple(map(operation, operations)),
        relaxed=relaxed or {},
        contract=contract,
        state=state,
    )


def scenario(of: Model, *threads: str) -> Scenario:
    """The scenario of calls by name, those of a thread with blanks between."""
    calls = {one.name: one for one in of.operations}
    return Scenario(of, tuple(tuple(calls[name] for name in thread.split()) for thread in threads))


def stopped(of: Scenario, offset: int, *, hit: int = 1, owner: int = 0, file: str = EXTENSION) -> Attempt:
    """A stops there, B runs, A goes on."""
    lengths = [len(calls) for calls in of.threads]
    turns = (Turn(0, lengths[0], Spot(file, offset), hit), Turn(1, lengths[1]), Turn(0, lengths[0]))
    return Attempt(of, Method.STOPS, owner, turns)


def outcome(attempt: Attempt, *differs: Part, got: str = "A: None | B: None | then [1]", **more: Any) -> Observation:  # noqa: ANN401 - fields
    """What no order comes to."""
    told: dict[str, Any] = {
        "kind": Kind.OUTCOME,
        "attempt": attempt,
        "got": got,
        "allowed": (("A B", "A: None | B: None | then [1, 2]"), ("B A", "A: None | B: None | then [2, 1]")),
        "reproduced": (5, 5),
        "sampled": 124,
        "seconds": 0.25,
        "executions": 1234,
        "differs": frozenset(differs),
    }
    return Observation(**told | more)


def crash(attempt: Attempt, *stacks: str, kind: Kind = Kind.CRASH, got: str = "SIGSEGV") -> Observation:
    """What ended the process, and where its threads stood."""
    return Observation(kind, attempt, got, (), (2, 3), 0, 0.5, 0, stacks=stacks)
