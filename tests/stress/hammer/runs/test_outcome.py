"""Outcomes are the same where runs came to the same, and differ where they did not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from ungil.stress.hammer.models.model import Model
from ungil.stress.hammer.runs.outcome import Outcome, outcome_of


class Opaque:
    """Says nothing about itself."""

    def __reduce__(self) -> str:
        """Refuse."""
        raise TypeError("not pickled")


@dataclass
class Equal:
    """Says what equals it."""

    value: int


@dataclass
class Box:
    """A subject."""

    items: list[object] = field(default_factory=list)


def outcome(*values: object, subject: object = None, state: Callable[[object], object] | None = None) -> Outcome:
    """What a run came to in which one thread's calls returned these."""
    model = Model(name="Box", make=Box, operations=(), state=state or (lambda _: None))
    return outcome_of(model, subject, [[(False, value) for value in values]])


@pytest.mark.parametrize(
    "make",
    [
        lambda: (1, "a", None, 2.5, b"x"),
        lambda: [1, [2, {"k": {3}}]],
        lambda: frozenset({"a", "b"}),
        lambda: float("nan"),
        lambda: bytearray(b"abc"),
        lambda: Equal(3),
        Opaque,
        lambda: [Opaque(), Opaque()],
        lambda: int,
    ],
)
def test_the_same_again(make: Callable[[], object]) -> None:
    """What is made anew in the same way is the same, however its class sees that."""
    assert outcome(make()) == outcome(make())
    assert len({outcome(make()), outcome(make())}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [(1, True), (1, 1.0), ([1], (1,)), (Equal(1), Equal(2)), ({1: 2}, {1: 3}), ("a", b"a"), ([1, 2], [2, 1])],
)
def test_something_else(one: object, other: object) -> None:
    """What differs in kind or in value differs."""
    assert outcome(one) != outcome(other)


def test_which_object_it_is_counts() -> None:
    """Two objects that say nothing about themselves differ from one that was returned twice; so do two lists."""
    one, items = Opaque(), [1]
    assert outcome(one, one) != outcome(Opaque(), Opaque())
    assert outcome(items, items) != outcome([1], [1])
    assert outcome((1, 2), (1, 2)) == outcome(*[(1, 2)] * 2)


def test_the_subject_is_recognised() -> None:
    """A call that returns the subject differs from one that returns another object like it."""
    subject = Box()
    assert outcome(subject, subject=subject) != outcome(Box(), subject=subject)


def test_exceptions_count_by_their_type() -> None:
    """What an exception says may hold an address or a size, and is not compared."""
    model = Model(name="Box", make=Box, operations=(), state=lambda _: None)
    one, same, other = (
        outcome_of(model, None, [[(True, error)]]) for error in (KeyError("x"), KeyError("y"), ValueError("x"))
    )
    assert one == same
    assert one != other
    assert str(one) == "A: raised KeyError | then None"


def test_a_state_that_cannot_be_seen_is_a_state() -> None:
    """An observer that raises is part of the outcome."""
    assert "then raised ZeroDivisionError" in str(outcome(1, state=lambda _: 1 // 0))


def test_what_can_be_seen_without_an_observer() -> None:
    """Items, what would be pickled and the repr tell subjects apart; addresses do not."""

    def seen(subject: object) -> object:
        return outcome_of(Model(name="any", make=Box, operations=()), subject, []).state

    assert seen([1, 2]) != seen([2, 1])
    assert seen({"a": 1}) != seen({"a": 2})
    assert seen(Box([1])) != seen(Box([2]))
    assert seen(Box([1])) == seen(Box([1]))
    assert seen(Opaque()) == seen(Opaque())


def test_values_are_shown_as_people_write_them() -> None:
    """An outcome reads like the calls and what they returned."""
    text = str(outcome([1, (2,)], {"a": {3}}, Equal(1)))
    assert text == "A: [1, (2)], {'a': {3}}, Equal#4 | then None"
