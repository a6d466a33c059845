"""What must hold of an object after four threads have used it, as whoever knows the type would write it.

This file has the mutants that one stop shows, more_invariants.py the others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

__all__ = ["ONE_STOP", "THREADS", "Stress", "distinct", "same"]

THREADS = 4
MANY = 5_000
"""Calls of a thread on one object."""
FRESH = 1_000
"""Objects of a round, where only the first calls on an object are of interest."""

type Results = list[list[Any]]
"""What each thread got, in order."""


@dataclass(frozen=True, kw_only=True)
class Stress:
    """How to stress an object.

    Attributes:
        call: what a thread does: the object, the thread's number, and how many calls it has made before.
        holds: whether all is well afterwards.
        calls: of each thread on each object.
        subjects: objects, one after the other, between two barriers.
        make: makes an object; where it is not given, the model does.
    """

    call: Callable[[Any, int, int], object]
    holds: Callable[[Any, Results], bool]
    calls: int = MANY
    subjects: int = 1
    make: Callable[[ModuleType], object] | None = None


def every(results: Results) -> list[Any]:
    """What all threads got."""
    return [result for mine in results for result in mine]


def distinct(results: Results) -> bool:
    """No two calls got the same."""
    found = every(results)
    return len(set(found)) == len(found)


def same(results: Results) -> bool:
    """All calls got the same object."""
    return len({id(result) for result in every(results)}) == 1


def _first_calls(call: Callable[[Any, int, int], object], holds: Callable[[Any, Results], bool]) -> Stress:
    """One call of each thread on each of many fresh objects."""
    return Stress(call=call, holds=holds, calls=1, subjects=FRESH)


def _bytes(*beginnings: bytes) -> Callable[[Any, Results], bool]:
    """Readers got bytes that somebody has put there; writers got None."""
    return lambda _, results: all(
        result is None or (type(result) is bytes and result.startswith(beginnings)) for result in every(results)
    )


def _dict_next(subject: Any, thread: int, number: int) -> object:  # noqa: ANN401
    if thread < 2:  # noqa: PLR2004 - half of them
        return subject.total()
    return subject.clear() if number % 2 else subject.set(number)


def _next(subject: Any, _thread: int, _number: int) -> object:  # noqa: ANN401
    return next(subject, None)


def _moves(subject: Any, thread: int, _number: int) -> object:  # noqa: ANN401
    return subject.forth() if thread % 2 else subject.back()


def _plausible_total(beginning: int) -> Callable[[Any, Results], bool]:
    """Two threads have appended ones, two have asked for the sum."""
    return lambda subject, results: (
        subject.total() == beginning + 2 * MANY
        and all(result is None or beginning <= result <= beginning + 2 * MANY for result in every(results))
    )


def _append_or_total(subject: Any, thread: int, _number: int) -> object:  # noqa: ANN401
    return subject.append(1) if thread % 2 else subject.total()


def _get_or_set(subject: Any, thread: int, number: int) -> object:  # noqa: ANN401
    return subject.set(number) if thread % 2 else subject.get()


_DICT_TOTALS = {0, *range(7, 11), *range(28, 32), 35}
"""Of nothing; of one fresh item; of all items, one of them fresh; of those of the beginning."""

ONE_STOP: dict[str, Stress] = {
    "lost_update": Stress(call=lambda s, *_: s.add(1), holds=lambda s, _: s.get() == THREADS * MANY),
    "lost_update_1insn": Stress(call=lambda s, *_: s.increment(), holds=lambda s, _: s.get() == THREADS * MANY),
    "check_then_act": _first_calls(lambda s, *_: s.claim(), lambda _, results: every(results).count(True) == 1),
    "check_max": _first_calls(lambda s, thread, _: s.raise_to(thread + 1), lambda s, _: s.get() == THREADS),
    "torn_pair": Stress(
        call=_get_or_set,
        holds=lambda _, results: all(pair is None or pair[0] == -pair[1] for pair in every(results)),
    ),
    "wrong_lock": Stress(call=lambda s, *_: s.add([0]), holds=lambda s, _: s.get() == THREADS * MANY),
    "cs_suspended_cb": Stress(
        make=lambda module: (module.SuspendedSection(), module.breathe),
        call=lambda pair, *_: pair[0].update(pair[1]),
        holds=lambda pair, _: pair[0].get() == THREADS * MANY,
    ),
    "lock_order": Stress(call=_moves, holds=lambda s, _: s.first.get() == s.second.get() == 0),
    "lazy_cache": _first_calls(lambda s, *_: s.get(), lambda s, results: same(results) and s.computed() == 1),
    "ready_before_table": _first_calls(lambda s, *_: s.get(), lambda _, results: set(every(results)) == {49}),
    "refcnt1_reuse": Stress(
        call=lambda s, thread, _: s.twice(thread),
        holds=lambda _, results: all(pair == (thread, thread) for thread in range(THREADS) for pair in results[thread]),
    ),
    "static_buffer": Stress(
        make=lambda module: module,
        call=lambda module, thread, _: module.format_value(thread),
        holds=lambda _, results: all(set(results[thread]) == {f"value={thread}"} for thread in range(THREADS)),
    ),
    "errno_like": Stress(
        make=lambda module: module,
        call=lambda module, thread, _: module.halve(thread),
        holds=lambda _, results: all(set(results[thread]) == {divmod(thread, 2)} for thread in range(THREADS)),
    ),
    "borrowed_list": Stress(call=_get_or_set, holds=_bytes(b"item", b"fresh")),
    "borrowed_dict": Stress(call=_get_or_set, holds=_bytes(b"another", b"fresh")),
    "dict_next": Stress(
        call=_dict_next,
        holds=lambda _, results: all(result is None or result in _DICT_TOTALS for result in every(results)),
    ),
    "shared_iterator": _first_calls(_next, lambda _, results: distinct(results)),
    "buffer_resize": Stress(call=_append_or_total, holds=_plausible_total(2)),
    "double_close": _first_calls(lambda s, *_: s.close(), lambda s, _: s.closed()),
    "setter_decref": Stress(call=_get_or_set, holds=_bytes(b"value", b"the first")),
    "freelist_pool": _first_calls(lambda s, *_: s.take(), lambda _, results: distinct(results)),
    "aba_stack": _first_calls(
        lambda s, thread, _: s.take() if thread % 2 else s.trim(), lambda s, _: s.left() == 8 - THREADS
    ),
}
