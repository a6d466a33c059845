"""References borrowed from containers that another thread can reach."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass

from ungil import capi
from ungil.facts.model import Call, Facts, File, Span, Value
from ungil.facts.native.containers import Containers, runs_alone, ways_to
from ungil.facts.native.sharing import Place, Sharing

__all__ = ["Borrow", "borrows_from_any", "borrows_from_shared", "is_settled"]

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
    """The calls of one function that return references borrowed from one container.

    Attributes:
        calls: in source order; the hazard is one, and so is its cure.
        container: what they borrow from; None for what belongs to the interpreter.
        settled: nothing in this project changes the container while the module is in use.
    """

    calls: tuple[Call, ...]
    container: Value | None
    settled: bool

    @property
    def place(self) -> tuple[File, Span]:
        """Where the first call is made."""
        return self.calls[0].function.file, self.calls[0].span

    @property
    def advice(self) -> str:
        """The call to make instead."""
        return capi.lookup(self.calls[0].name).advice

    @property
    def owner(self) -> str:
        """What the reference is borrowed from, as it stands in the source."""
        return self.container.text if self.container is not None else f"{self.calls[0].name}()"

    @property
    def evidence(self) -> tuple[str, ...]:
        """What was seen, one fact each."""
        seen = [f"{self.owner} is {_ORIGINS[self.container.origin]}"] if self.container is not None else []
        if self.settled:
            seen.append("no code of this project was seen to change it while the module is in use")
        if self.calls[1:]:
            seen.append("borrowed again at line " + ", ".join(str(call.span.line) for call in self.calls[1:]))
        return tuple(seen)

    @property
    def surely_shared(self) -> bool:
        """Is the container one that every thread reaches: a static variable?"""
        return self.container is not None and self.container.origin == "static"


def borrows_from_shared(facts: Facts, names: Set[str], *, tested: bool = False) -> Iterator[Borrow]:
    """Calls to ``names`` on containers that are neither private nor locked, where a second thread can be.

    Args:
        facts: of the project.
        names: of functions that ``capi.toml`` gives a container.
        tested: also calls whose result is only compared.
    """
    sharing = Sharing(facts)
    for calls in _by_container(_borrows(facts, names, tested=tested)):
        open_to_others = [call for call in calls if not sharing.is_guarded(_container(call), call)]
        if open_to_others:
            container = _container(open_to_others[0])
            settled = is_settled(container, open_to_others[0], sharing.containers)
            yield Borrow(tuple(open_to_others), container, settled)


def _borrows(facts: Facts, names: Set[str], *, tested: bool = False) -> Iterator[Call]:
    """Calls to ``names`` where a second thread can be, and whose result is used."""
    for call in facts.calls_to(names):
        position = capi.lookup(call.name).container
        given = position is None or position < len(call.arguments)
        if given and not runs_alone(call) and (tested or not call.is_only_tested):
            yield call


def borrows_from_any(facts: Facts, names: Set[str]) -> Iterator[Borrow]:
    """Calls to ``names`` whose result nothing protects, whoever has the container."""
    for calls in _by_container(_borrows(facts, names, tested=False)):
        owned = capi.lookup(calls[0].name).container is not None
        yield Borrow(tuple(calls), _container(calls[0]) if owned else None, settled=False)


def _container(call: Call) -> Value:
    return call.arguments[capi.lookup(call.name).container or 0]


def _by_container(calls: Iterable[Call]) -> list[list[Call]]:
    """The calls of one function on one container together."""
    groups: dict[tuple[tuple[int, int], str], list[Call]] = {}
    for call in calls:
        what = _container(call).object if call.arguments else call.name
        groups.setdefault((call.function.key, what), []).append(call)
    return list(groups.values())


def is_settled(value: Value, call: Place, containers: Containers) -> bool:
    """Does nothing in the project suggest that the container changes while threads are running?

    So it is with a field or static variable whose container no code changes, with the dicts of modules and types, and
    with what Python code returned, which it has often just made.
    """
    ways = set(ways_to(value, call.function))
    return bool(ways) and all(_is_settled(way, call, containers) for way in ways)


def _is_settled(way: str, call: Place, containers: Containers) -> bool:
    known = capi.lookup(way)
    if known.settled or known.calls or known.fresh:
        return True
    if not way or capi.is_api(way):
        return False
    if any(_leads_to_changes(helper.returns, containers) for helper in call.function.resolve(way)):
        return False
    return not containers.is_changed(way) and not containers.is_replaced(way)


def _leads_to_changes(returned: list[Value], containers: Containers) -> bool:
    return any(not value.reached or any(containers.is_changed(way) for way in value.reached) for value in returned)
