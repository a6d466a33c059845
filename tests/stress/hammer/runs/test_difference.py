"""What of an outcome no order comes to."""

from __future__ import annotations

import pytest

from ungil.stress.hammer.runs.difference import Part, differing, differing_texts
from ungil.stress.hammer.runs.outcome import Outcome, Value


def atom(value: int) -> Value:
    """A number, as outcomes hold it."""
    return ("atom", "int", str(value))


def raised(name: str) -> Value:
    """An exception, likewise."""
    return ("raised", name)


def came_out(a: Value, b: Value, state: Value) -> Outcome:
    """One call of each thread, and what they left behind."""
    return Outcome(((a,), (b,)), state)


INCREMENTS = [came_out(atom(1), atom(2), atom(2)), came_out(atom(2), atom(1), atom(2))]
TAKEN = [came_out(atom(7), raised("IndexError"), atom(0)), came_out(raised("IndexError"), atom(7), atom(0))]


@pytest.mark.parametrize(
    ("outcome", "allowed", "parts"),
    [
        pytest.param(came_out(atom(1), atom(1), atom(1)), INCREMENTS, {Part.STATE}, id="a lost update"),
        pytest.param(came_out(atom(1), atom(1), atom(2)), INCREMENTS, {Part.ANSWER}, id="answers that do not fit"),
        pytest.param(came_out(atom(1), atom(2), atom(3)), INCREMENTS, {Part.STATE}, id="right answers, wrong state"),
        pytest.param(came_out(atom(9), atom(1), atom(2)), INCREMENTS, {Part.ANSWER}, id="an answer of no order"),
        pytest.param(came_out(atom(7), atom(7), atom(0)), TAKEN, {Part.ANSWER}, id="the same item twice"),
        pytest.param(
            came_out(raised("RuntimeError"), atom(7), atom(0)), TAKEN, {Part.REFUSAL}, id="noticed the other thread"
        ),
        pytest.param(
            came_out(raised("SystemError"), atom(7), atom(0)), TAKEN, {Part.INTERNAL}, id="an error without a reason"
        ),
        pytest.param(
            came_out(raised("RuntimeError"), atom(8), atom(5)),
            TAKEN,
            {Part.REFUSAL, Part.ANSWER, Part.STATE},
            id="everything",
        ),
    ],
)
def test_the_parts_that_differ(outcome: Outcome, allowed: list[Outcome], parts: set[Part]) -> None:
    """Each part that occurs in no order is named; where only the combination does not, what is wrong in it."""
    assert differing(outcome, allowed) == parts


@pytest.mark.parametrize(
    ("outcome", "allowed"),
    [
        (came_out(atom(1), atom(1), atom(1)), INCREMENTS),
        (came_out(atom(1), atom(1), atom(2)), INCREMENTS),
        (came_out(atom(1), atom(2), atom(3)), INCREMENTS),
        (came_out(atom(9), atom(1), atom(2)), INCREMENTS),
        (came_out(raised("RuntimeError"), atom(7), atom(0)), TAKEN),
        (came_out(raised("SystemError"), atom(7), atom(0)), TAKEN),
    ],
)
def test_texts_differ_as_outcomes_do(outcome: Outcome, allowed: list[Outcome]) -> None:
    """What is known of an outcome as text only is judged as the outcome is."""
    assert differing_texts(str(outcome), list(map(str, allowed))) == differing(outcome, allowed)
