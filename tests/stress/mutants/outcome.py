"""What calls come to, and what they may come to in some order."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from ungil.stress.hammer.models.model import Bound, Model, Operation

type Threads = Sequence[Sequence[Operation]]

_PLAIN = (int, str, bytes, bool, float, type(None))


def attempt(bound: Bound) -> object:
    """What a call returns, or the exception that it raises."""
    function, args, kwargs = bound
    try:
        return function(*args, **kwargs)
    except Exception as error:  # noqa: BLE001 - part of the outcome
        return error


def outcome(model: Model, subject: object, results: Sequence[Sequence[object]]) -> object:
    """All that can be seen of a run, to be compared with that of another: an object counts as which of them it is."""
    seen: dict[int, int] = {}
    state = model.state(subject) if model.state else None
    return _plain([*results, state], seen)


def sequential(model: Model, threads: Threads) -> list[object]:
    """The outcomes of every order in which the calls can be made one after the other."""
    found: list[object] = []
    for order in orders([len(calls) for calls in threads]):
        subject = model.make()
        left = [iter([call.bind(subject) for call in calls]) for calls in threads]
        results: list[list[object]] = [[] for _ in threads]
        for thread in order:
            results[thread].append(attempt(next(left[thread])))
        seen = outcome(model, subject, results)
        if seen not in found:
            found.append(seen)
    return found


def orders(lengths: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """The orders in which threads with so many calls each can take turns."""
    tickets = [thread for thread, length in enumerate(lengths) for _ in range(length)]
    return iter(dict.fromkeys(itertools.permutations(tickets)))


def _plain(value: object, seen: dict[int, int]) -> object:
    if isinstance(value, BaseException):
        return ("raised", type(value).__name__)
    if type(value) in _PLAIN:
        return (type(value).__name__, value)
    if isinstance(value, (list, tuple)):
        return (type(value).__name__, tuple(_plain(item, seen) for item in value))
    return (type(value).__name__, seen.setdefault(id(value), len(seen)))
