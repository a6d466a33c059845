"""What must hold of the mutants that one stop does not show, and of those of the binding libraries."""

from __future__ import annotations

from typing import Any

from benchmarks.hammer.invariants import FRESH, MANY, ONE_STOP, THREADS, Results, Stress, distinct, every

__all__ = ["stress_of"]


def _set_or_get(subject: Any, thread: int, number: int) -> object:  # noqa: ANN401
    return subject.set(number) if thread % 2 else subject.get()


def _in_range(_subject: object, results: Results) -> bool:
    """Readers got a number that somebody has set."""
    return all(result is None or 0 <= result < MANY for result in every(results))


def _three_roles(subject: Any, thread: int, number: int) -> object:  # noqa: ANN401
    return (subject.get, lambda: subject.set(number), subject.collect, subject.get)[thread]()


def _append_or_total(subject: Any, thread: int, _number: int) -> object:  # noqa: ANN401
    return subject.append(1) if thread % 2 else subject.total()


def _plausible_total(subject: Any, results: Results) -> bool:  # noqa: ANN401
    """Two threads have appended ones to one and two."""
    return subject.total() == 3 + 2 * MANY and all(
        result is None or 3 <= result <= 3 + 2 * MANY  # noqa: PLR2004 - one and two
        for result in every(results)
    )


def _numbers(_subject: object, results: Results) -> bool:
    return sorted(every(results)) == list(range(THREADS * MANY))


HARDER: dict[str, Stress] = {
    "owner_check": Stress(call=lambda s, *_: s.add(1), holds=lambda s, _: s.get() == THREADS * MANY),
    "scratch_buffer": Stress(
        call=lambda s, thread, _: s.format(thread),
        holds=lambda _, results: all(set(results[thread]) == {str(thread)} for thread in range(THREADS)),
    ),
    "late_version": Stress(
        call=_set_or_get,
        holds=lambda _, results: all(pair is None or pair[0] == -pair[1] for pair in every(results)),
    ),
    "early_reader_check": Stress(call=_set_or_get, holds=_in_range),
    "aba_third_thread": Stress(
        call=lambda s, thread, _: s.take() if thread % 2 else s.borrow(),
        holds=lambda s, _: s.left() == 8 - 2,
        calls=1,
        subjects=FRESH,
    ),
    "stranded_item": Stress(call=lambda s, *_: s.submit(), holds=lambda s, _: s.counts() == (0, THREADS * MANY)),
    "lock_cycle": Stress(
        call=lambda s, thread, number: s.use(thread + number), holds=lambda s, _: s.uses() == THREADS * MANY
    ),
    "reader_writer_cleaner": Stress(call=_three_roles, holds=_in_range),
    "bundled_library": Stress(call=lambda s, *_: s.add(1), holds=lambda s, _: s.sum() == THREADS * MANY),
    "loaded_plugin": Stress(call=lambda s, *_: s.append(1), holds=lambda s, _: s.sum() == THREADS * MANY),
    "libc_random": Stress(call=lambda s, *_: s.next(), holds=lambda _, results: distinct(results)),
    "unicode_writer": Stress(
        call=lambda s, *_: s.write("ab"), holds=lambda s, _: s.finish() == "ab" * (THREADS * MANY)
    ),
}

BOUND: dict[str, Stress] = {
    "nanobind_counter": Stress(call=lambda s, *_: s.increment(), holds=_numbers),
    "nanobind_series": Stress(call=_append_or_total, holds=_plausible_total),
    "nanobind_holder": Stress(
        call=_set_or_get,
        holds=lambda _, results: all(
            result is None or (type(result) is bytes and result.startswith((b"object", b"the first")))
            for result in every(results)
        ),
    ),
    "pybind11_account": Stress(
        call=lambda s, *_: s.withdraw(60),
        holds=lambda _, results: every(results).count(True) == 1,
        calls=1,
        subjects=FRESH,
    ),
    "pybind11_names": Stress(
        call=lambda s, *_: s.number_of("one"),
        holds=lambda _, results: set(every(results)) == {0},
        calls=1,
        subjects=FRESH,
    ),
    "pybind11_cursor": Stress(
        call=lambda s, *_: next(s, None),
        holds=lambda _, results: distinct(results),
        calls=1,
        subjects=FRESH,
    ),
    "cython_counter": Stress(call=lambda s, *_: s.increment(), holds=_numbers),
    "cython_stack": Stress(
        call=lambda s, *_: s.pop(),
        holds=lambda _, results: sorted(map(str, every(results))) == ["None", "None", "None", "only"],
        calls=1,
        subjects=FRESH,
    ),
    "cython_buffer": Stress(call=_append_or_total, holds=_plausible_total),
}


def stress_of(name: str) -> Stress:
    """The stress of a mutant, and of its twin."""
    return (ONE_STOP | HARDER | BOUND)[name]
