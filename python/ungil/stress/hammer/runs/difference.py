"""In what an outcome differs from those that are allowed: it decides how serious the finding is."""

from __future__ import annotations

import re
from collections.abc import Collection
from enum import StrEnum
from typing import Final

from ungil.stress.hammer.runs.outcome import Outcome, Value

__all__ = ["Part", "differing", "differing_texts", "part_of_answer"]


class Part(StrEnum):
    """A part of an outcome that no order of the calls comes to."""

    STATE = "state"  # what is left behind
    INTERNAL = "internal error"  # an exception that only data in disorder explains
    ANSWER = "answer"  # a result or an exception
    REFUSAL = "refusal"  # an exception by which an object says that it noticed another thread


_RAISED: Final = re.compile(r"\braised (\w+)")
_PARTS: Final = {
    ("raised", "SystemError"): Part.INTERNAL,
    ("raised", "MemoryError"): Part.INTERNAL,
    ("raised", "RuntimeError"): Part.REFUSAL,
    ("raised", "BufferError"): Part.REFUSAL,
}


def part_of_answer(value: Value) -> Part:
    """What an answer is that no order gives."""
    return _PARTS.get(value, Part.ANSWER) if value[0] == "raised" else Part.ANSWER


def differing(outcome: Outcome, allowed: Collection[Outcome]) -> frozenset[Part]:
    """The parts that occur in none of the allowed outcomes.

    If each part occurs in some, and only together they are not allowed, then the answers are what is wrong, unless some
    order gives just these: then it is what is left behind.
    """
    parts = {
        part_of_answer(value)
        for thread, answers in enumerate(outcome.answers)
        for call, value in enumerate(answers)
        if all(value != other.answers[thread][call] for other in allowed)
    }
    if all(outcome.state != other.state for other in allowed):
        parts.add(Part.STATE)
    if not parts:
        parts.add(Part.STATE if any(outcome.answers == other.answers for other in allowed) else Part.ANSWER)
    return frozenset(parts)


def differing_texts(outcome: str, allowed: Collection[str]) -> frozenset[Part]:
    """The same of outcomes as text."""
    answers, _, state = outcome.rpartition(" | then ")
    others = [text.rpartition(" | then ") for text in allowed]
    usual = {name for other in others for name in _RAISED.findall(other[0])}
    parts = {
        _PARTS[key] for name in _RAISED.findall(answers) if name not in usual and (key := ("raised", name)) in _PARTS
    }
    if all(state != other[2] for other in others):
        parts.add(Part.STATE)
    if not parts:
        parts.add(Part.STATE if any(answers == other[0] for other in others) else Part.ANSWER)
    return frozenset(parts)
