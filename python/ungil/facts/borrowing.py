"""Borrowed references taken from containers that another thread can reach."""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass

from ungil import capi
from ungil.facts.model import Call, Facts, File, Span, Value
from ungil.facts.sharing import Sharing, runs_alone

__all__ = ["Borrow", "borrows_from_shared"]

_ORIGINS = {
    "local": "a local variable that other code may also hold",
    "parameter": "an argument, which the caller may share",
    "static": "a static variable, which every thread shares",
    "field": "a field of an object that threads may share",
    "result": "an object that a call returned",
    "other": "a name or an expression that this file does not explain; other code may hold its object",
}


@dataclass(frozen=True, slots=True)
class Borrow:
    """A call that returns a borrowed reference, and the container that it borrows from."""

    call: Call
    container: Value

    @property
    def place(self) -> tuple[File, Span]:
        """Where the call is made."""
        return self.call.function.file, self.call.span

    @property
    def advice(self) -> str:
        """The call to make instead."""
        return capi.lookup(self.call.name).advice

    @property
    def provenance(self) -> str:
        """Where the container comes from, as a fact for the reader."""
        return f"{self.container.text} is {_ORIGINS[self.container.origin]}"

    @property
    def surely_shared(self) -> bool:
        """Is the container one that every thread reaches: a static variable?"""
        return self.container.origin == "static"


def borrows_from_shared(facts: Facts, names: Set[str]) -> Iterator[Borrow]:
    """Calls to ``names`` on containers that are neither private nor locked, where a second thread can be."""
    sharing = Sharing()
    for call in facts.calls_to(names):
        position = capi.lookup(call.name).container
        arguments = call.arguments
        if position is None or position >= len(arguments) or runs_alone(call):
            continue
        container = arguments[position]
        if not sharing.is_guarded(container, call):
            yield Borrow(call, container)
