"""What a function finds empty and then fills: the shape of everything that is made on first use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ungil.facts.cython.model import Access, Effect, Fill, Place
from ungil.facts.cython.tree import dotted, is_a

__all__ = ["Fills"]

type Node = Any  # Cython's trees have no types
type State = tuple[str, bool, str]

_EMPTY = {"NoneNode", "NullNode"}


@dataclass(frozen=True, slots=True)
class _Test:
    """A condition that asks whether some state is empty; ``for_empty`` says who is let in."""

    state: State
    place: Place
    guards: tuple[str, ...]
    for_empty: bool


class Fills:
    """Follows tests for emptiness, also of a local copy, and early returns of what is there."""

    def __init__(self) -> None:
        self.found: list[Fill] = []
        self._open: dict[State, _Test] = {}
        self._copies: dict[str, str] = {}

    def bind(self, local: str, value: str) -> None:
        """A local takes a value; only plain paths are followed."""
        self._copies[local] = value

    def saw(self, access: Access) -> None:
        """A write to something whose test is still open fills it."""
        key = (access.name, access.of_self, access.field)
        if access.effect is Effect.WRITE and not access.constant and key in self._open:
            test = self._open.pop(key)
            self.found.append(Fill(test.place, access, test.guards))

    def enter(
        self, condition: Node, place: Place, named: Callable[[str], State | None], guards: tuple[str, ...]
    ) -> _Test | None:
        """Opens the test that a condition makes, if it lets in those who find nothing."""
        operand, for_empty = _operand(condition)
        if operand is None:
            return None
        path = dotted(operand)
        state = named(path) or named(self._copies.get(path, ""))
        if state is None:
            return None
        test = _Test(state, place, guards, for_empty)
        if for_empty:
            self._open.setdefault(state, test)
        return test

    def leave(self, test: _Test | None, *, ends: bool) -> None:
        """The block is over: after ``if there: return`` what follows runs for those who found nothing."""
        if test is not None and test.for_empty:
            self._open.pop(test.state, None)
        elif test is not None and ends:
            self._open[test.state] = test


def _operand(condition: Node) -> tuple[Node | None, bool]:
    """What a condition tests for emptiness, and whether it holds for the empty."""
    if is_a(condition, "BoolBinopNode"):
        left, empty = _operand(condition.operand1)
        return (left, empty) if condition.operator == "and" and empty else (None, False)
    if is_a(condition, "NotNode"):
        operand, empty = _operand(condition.operand)
        return operand, not empty
    if is_a(condition, "NameNode", "AttributeNode"):
        return condition, False
    if is_a(condition, "PrimaryCmpNode") and type(condition.operand2).__name__ in _EMPTY | {"NameNode"}:
        is_null = is_a(condition.operand2, *_EMPTY) or condition.operand2.name == "NULL"
        if is_null and condition.operator in {"is", "==", "is_not", "!="}:
            return condition.operand1, condition.operator in {"is", "=="}
    return None, False
