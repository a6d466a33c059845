"""What a run came to, in a form in which runs can be compared: results, exceptions, and what is left behind.

Values are compared by what they say, never by where they lie: addresses in a ``repr`` are blanked, exceptions count by
their type, an object whose class defines equality is asked, and one that says nothing about itself counts by which of
the run's objects it is. An outcome holds the objects that it has to ask, and so keeps them alive.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ungil.stress.hammer.models.model import Model

__all__ = ["Answer", "Outcome", "Value", "outcome_of", "shown"]

type Value = tuple[Any, ...]
"""A value as it is compared: nested tuples that begin with a word for the kind."""

type Answer = tuple[bool, object]
"""What a call came to: whether it raised, and what it raised or returned."""

_ADDRESS: Final = re.compile(r"0x[0-9a-fA-F]{4,}")
_ATOMS: Final = (int, float, complex, bool, str, bytes, type(None), type(Ellipsis), type(NotImplemented), range, slice)
_CONTAINERS: Final = (tuple, list, set, frozenset, dict)
_BRACKETS: Final = {"list": ("[", "]"), "tuple": ("(", ")"), "set": ("{", "}"), "dict": ("{", "}")}
_MOST_ITEMS: Final = 1000
_DEEPEST: Final = 6


@dataclass(frozen=True, slots=True)
class Outcome:
    """What each thread's calls answered, and what can be seen of the subject afterwards."""

    answers: tuple[tuple[Value, ...], ...]
    state: Value

    def __str__(self) -> str:
        """For people: ``A: 1 | B: raised KeyError | then [2, 3]``."""
        threads = (
            f"{name}: {', '.join(map(shown, answers))}"
            for name, answers in zip("ABCDEFGH", self.answers, strict=False)
            if answers
        )
        return " | ".join([*threads, f"then {shown(self.state)}"])


class _Asked:
    """An object whose class says what equals it."""

    __slots__ = ("value",)

    def __init__(self, value: object) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        try:
            return isinstance(other, _Asked) and bool(self.value == other.value)
        except Exception:  # noqa: BLE001 - a class that cannot compare has not said that they are equal
            return False

    def __hash__(self) -> int:
        return hash(type(self.value).__qualname__)


def outcome_of(model: Model, subject: object, answers: Sequence[Sequence[Answer]]) -> Outcome:
    """What a run on this subject came to."""
    canonical = _Canonical(subject)
    told = tuple(
        tuple(canonical.raised(value) if raised else canonical.value(value) for raised, value in thread)
        for thread in answers
    )
    return Outcome(told, canonical.state(model.state or visible_state))


def visible_state(subject: object) -> object:
    """What can be seen of an object without knowing its class: its items, what it would be pickled as, its ``repr``."""
    return tuple(look(subject) for look in (_items, _reduced, _shown))


def shown(value: Value) -> str:
    """A value as people read it."""
    kind: str = value[0]
    if kind == "atom":
        return str(value[-1])
    if kind == "raised":
        return f"raised {value[1]}"
    if kind == "object":
        return f"{value[1]}#{value[2]}"
    if kind in _BRACKETS:
        opening, closing = _BRACKETS[kind]
        return opening + ", ".join(_shown_item(kind, item) for item in value[-1]) + closing
    return kind


def _shown_item(kind: str, item: Value) -> str:
    return f"{shown(item[0])}: {shown(item[1])}" if kind == "dict" else shown(item)


class _Canonical:
    """Values of one run. An object gets its number when it is first seen; the subject is 0."""

    def __init__(self, subject: object) -> None:
        self._numbers: dict[int, int] = {id(subject): 0}
        self._alive: list[object] = [subject]

    def value(self, value: object, depth: int = 0) -> Value:
        kind = type(value)
        if kind in _ATOMS:
            return ("atom", kind.__name__, repr(value))
        if isinstance(value, type):
            return ("atom", "type", f"{value.__module__}.{value.__qualname__}")
        if isinstance(value, BaseException):
            return self.raised(value)
        if kind is bytearray:
            return ("atom", "bytearray", repr(value))
        if kind in _CONTAINERS and depth < _DEEPEST:
            return self._container(value, depth + 1)
        return self._object(value)

    def raised(self, error: object) -> Value:
        return ("raised", type(error).__name__)

    def state(self, look: Callable[[Any], object]) -> Value:
        try:
            return self.value(look(self._alive[0]))
        except Exception as error:  # noqa: BLE001 - an object that cannot be looked at any more is a state, too
            return self.raised(error)

    def _container(self, value: Any, depth: int) -> Value:  # noqa: ANN401 - of whichever class it is
        """Of a container that can change, which one it is matters as well."""
        kind = type(value)
        which = () if kind in (tuple, frozenset) else (self._number(value),)
        if kind in (tuple, list):
            return (kind.__name__, *which, tuple(self.value(item, depth) for item in value))
        if kind in (set, frozenset):
            return ("set", *which, tuple(sorted((self.value(item, depth) for item in value), key=repr)))
        return ("dict", *which, tuple((self.value(key, depth), self.value(value[key], depth)) for key in value))

    def _object(self, value: object) -> Value:
        kind = type(value)
        says = _Asked(value) if kind.__eq__ is not object.__eq__ and value is not self._alive[0] else None
        return ("object", kind.__qualname__, self._number(value), says)

    def _number(self, value: object) -> int:
        number = self._numbers.get(id(value))
        if number is None:
            number = self._numbers[id(value)] = len(self._numbers)
            self._alive.append(value)  # so that nothing else gets its address
        return number


def _items(subject: Any) -> object:  # noqa: ANN401 - of whichever class it is
    """A list of its items; ``...`` if it has none, or uses them up by iterating."""
    if not hasattr(subject, "__len__") or not hasattr(subject, "__iter__") or hasattr(subject, "__next__"):
        return ...
    if len(subject) > _MOST_ITEMS:
        return len(subject)
    return list(subject.items() if hasattr(subject, "items") and hasattr(subject, "keys") else subject)


def _reduced(subject: object) -> object:
    try:
        reduced = subject.__reduce_ex__(2)
    except Exception:  # noqa: BLE001 - an object that cannot be pickled shows nothing here
        return ...
    if isinstance(reduced, str):
        return reduced
    return [part if isinstance(part, tuple | dict | list) else ... for part in reduced[1:3]]


def _shown(subject: object) -> str:
    return _ADDRESS.sub("0x", repr(subject))
