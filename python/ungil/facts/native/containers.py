"""What the project itself does to the containers in its fields and static variables."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from ungil import capi
from ungil.facts.model import Call, Facts, Function, Member, Store, Value

__all__ = ["Containers", "runs_alone"]

_MOST_CALLERS = 64  # a helper with more is used in too many ways for all to be told


_REPLACE = frozenset({"Py_SETREF", "Py_XSETREF"})


def runs_alone(call: Call | Member) -> bool:
    """Does ``call`` run where no second thread can be: while the module is initialised, or in a finaliser?"""
    return call.function.only_initialises or call.function.is_finaliser


class Containers:
    """Whether code changes the containers that a name leads to. Worked out when first asked; serves one thread."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._stores: dict[str, list[Store]] = {}

    def stores(self, name: str) -> list[Store]:
        """Where the field or static variable of that name is set."""
        if name not in self._stores:
            self._stores[name] = list(self._facts.stores_to({name}))
        return self._stores[name]

    def is_changed(self, name: str) -> bool:
        """Does code that runs while the module is in use add, replace or remove items of what ``name`` leads to?"""
        return name in self._changed

    def is_replaced(self, name: str) -> bool:
        """Is the static variable set while the module is in use?"""
        stores = (store for store in self.stores(name) if not store.is_field and not store.is_null)
        return any(not store.function.only_initialises for store in stores)

    @cached_property
    def _changed(self) -> frozenset[str]:
        names: set[str] = set()
        for call in self._facts.calls_to(capi.changing()):
            position = capi.lookup(call.name).changes
            if position is None or runs_alone(call) or position >= len(call.arguments):
                continue
            container = call.arguments[position]
            if not self._is_built_in_place(container, call.function):
                names.update(ways_to(container, call.function))
        return frozenset(names)

    def _is_built_in_place(self, container: Value, function: Function) -> bool:
        """Does the function put a new container in the field, and fill it there?"""
        if container.origin != "field":
            return False
        stores = [store for store in self.stores(container.name) if store.function.key == function.key]
        values = [store.value for store in stores if not (store.is_null or _fills_when_empty(store, container))]
        values += [call.arguments[1] for call in function.calls if _replaces(call, container)]
        return any(capi.lookup(way).fresh for value in values for way in value.reached)


def _fills_when_empty(store: Store, container: Value) -> bool:
    """``if (self->items == NULL) self->items = PyDict_New();``: what is there already stays."""
    return any(not predicate and not holds and subject == container.text for predicate, subject, holds in store.known)


def _replaces(call: Call, container: Value) -> bool:
    """``Py_SETREF(new->items, PyDict_New())``."""
    return call.name in _REPLACE and len(call.arguments) > 1 and call.arguments[0].text == container.text


def ways_to(value: Value, function: Function) -> Iterator[str]:
    """The names that lead to the object in ``value``; an argument's, where callers are known, are those of the callers.

    "" stands for a way that nothing is known of: an argument from outside, an element, arithmetic.
    """
    seen: set[tuple[tuple[int, int], int]] = set()
    work = [(value, function)]
    while work:
        value, function = work.pop()
        yield from value.reached
        if value.origin == "parameter":
            question = (function.key, value.parameter)
            given = [] if question in seen else _given(function, value.parameter)
            work += given
            if not given and question not in seen:
                yield ""
            seen.add(question)
        elif not value.reached:
            yield ""


def _given(function: Function, parameter: int) -> list[tuple[Value, Function]]:
    """What the callers of a helper give for a parameter; nothing where some caller may be unknown."""
    if not (function.is_static and function.is_called_only):
        return []
    calls = function.callers
    if len(calls) > _MOST_CALLERS or any(parameter >= len(call.arguments) for call in calls):
        return []
    return [(call.arguments[parameter], call.function) for call in calls]
