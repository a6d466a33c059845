"""Two threads that make the same call again and again: what shows a race that has no window to stop at."""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.concurrency import Worker, run_threads
from tests.stress.mutants.outcome import attempt

from ungil.stress.hammer.models.model import Model

CALLS = 2_000
"""By each thread, on one subject."""


def caught(model: Model, seconds: float) -> bool:
    """Whether the model's first operation, made by two threads, ever gives what it never gives in one.

    All calls are the same, so that the results and the state after them do not depend on whose is first.

    Args:
        model: of a mutant or twin.
        seconds: after which it counts as not caught.
    """
    alone = model.make()
    expected = _sorted(_calls(model, alone)(None) + _calls(model, alone)(None)), _state(model, alone)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        subject = model.make()
        results = run_threads(_calls(model, subject), _calls(model, subject))
        if (_sorted(results[0] + results[1]), _state(model, subject)) != expected:
            return True
    return False


def _calls(model: Model, subject: object) -> Callable[[Worker | None], list[object]]:
    def call(_worker: Worker | None) -> list[object]:
        bound = model.operations[0].bind(subject)
        return [attempt(bound) for _ in range(CALLS)]

    return call


def _state(model: Model, subject: object) -> object:
    return model.state(subject) if model.state else None


def _sorted(results: list[object]) -> list[str]:
    return sorted(map(repr, results))
