"""Sequences that ``PySequence_Fast()`` gives: of a list it returns the list itself, which other threads can change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ungil import capi
from ungil.facts.model import Call, Facts, File, Span, Value
from ungil.facts.native.borrowing import is_settled
from ungil.facts.native.containers import runs_alone
from ungil.facts.native.sharing import Sharing, covers

__all__ = ["OpenSequence", "open_sequences"]

_FAST = frozenset({"PySequence_Fast"})
_ITEMS = frozenset({"PySequence_Fast_ITEMS"})
_MEASURES = frozenset({"PySequence_Fast_GET_SIZE", "PySequence_Size", "PySequence_Length", "PyErr_Format"})
_TUPLE_TESTS = frozenset({"PyTuple_Check", "PyTuple_CheckExact"})
_ARGUMENTS = 1  # the index of the tuple of positional arguments among the parameters of a function that Python calls


@dataclass(frozen=True, slots=True)
class OpenSequence:
    """A sequence whose items are used without a lock on the list that it may be.

    Attributes:
        call: where that shows: what takes the vector of items or, where they are taken one by one, what makes the
            sequence; in a helper that hands the vector out, the helper's caller.
        original: the object that the sequence is, or is made of.
        settled: nothing in this project suggests that it changes.
    """

    call: Call
    original: Value
    settled: bool

    @property
    def place(self) -> tuple[File, Span]:
        """Where it shows."""
        return self.call.function.file, self.call.span


def open_sequences(facts: Facts) -> Iterator[OpenSequence]:
    """Every sequence whose items are used while another thread may change the list that it is."""
    sharing = Sharing(facts)
    for made in facts.calls_to(_FAST):
        if not made.arguments or runs_alone(made):
            continue
        original = made.arguments[0]
        if not (sharing.is_guarded(original, made) or _is_tuple(original, made)):
            for call in _shows_at(made, original):
                yield OpenSequence(call, original, is_settled(original, made, sharing.containers))


def _is_tuple(value: Value, call: Call) -> bool:
    """Is it certain that nobody can change the object: a condition says so, or where it comes from?"""
    tested = any(p in _TUPLE_TESTS and subject in {value.text, value.object} and h for p, subject, h in call.known)
    made = bool(value.reached) and all(capi.lookup(way).immutable for way in value.reached)
    function = call.function
    arguments = value.parameter == _ARGUMENTS and value.origin == "parameter" and not function.is_called_only
    return tested or made or (arguments and value.name == "args")


def _shows_at(made: Call, original: Value) -> list[Call]:
    uses = [use for use in _uses(made, original) if not _is_locked(use, made, original)]
    vectors = [use for use in uses if use.name in _ITEMS]
    if not uses and _uses(made, original):
        return []
    if not vectors:
        return [made]
    handed_out = vectors[0].target.startswith("*") and made.function.is_static and made.function.is_called_only
    return _open_callers(made, original) if handed_out and made.function.callers else vectors[:1]


def _uses(made: Call, original: Value) -> list[Call]:
    """The calls that get at the items: all that get the sequence, but for those that count or measure it."""
    names = {made.target, original.text} if original.origin != "other" else {made.target}
    calls = [call for name in names for call in made.function.calls_with(name)]
    uses = {call.span.line: call for call in calls if _is_use(call, made)}
    return [uses[line] for line in sorted(uses)]


def _is_use(call: Call, made: Call) -> bool:
    first, start = call.span, made.span
    later = (first.line, first.column) > (start.line, start.column)
    own = call.name.startswith(("PySequence_Fast_", "PyList_GET", "PyTuple_GET"))
    given = bool(call.arguments) and any(argument.text == made.target for argument in call.arguments)
    return later and call.name not in _MEASURES and not call.name.startswith("Py_") and (own or given)


def _is_locked(use: Call, made: Call, original: Value) -> bool:
    operands = {original.text, original.object, made.target}
    return any(
        not lock.is_critical_section or covers(lock, original) or any(o.object in operands for o in lock.operands)
        for lock in use.locks
    )


def _open_callers(made: Call, original: Value) -> list[Call]:
    """The callers of a helper that hands out the vector, but for those that lock the list."""
    open_callers = []
    for call in made.function.callers:
        given = call.arguments[original.parameter : original.parameter + 1] if original.parameter >= 0 else []
        if not any(
            not lock.is_critical_section or not lock.operands or any(covers(lock, value) for value in given)
            for lock in call.locks
        ):
            open_callers.append(call)
    return open_callers
