"""What the methods of a ``cdef class`` change without a lock, and who else looks at it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from ungil.facts.cython_model import Access, Attribute, CythonClass, CythonFacts, CythonFunction, Holds, Role

__all__ = ["Change", "changes_by_method", "unguarded", "uses_locks"]

# Methods of the protocol that one thread goes through from beginning to end: an iterator, a with block.
_ONE_USER = {"__next__", "__iter__", "__enter__", "__exit__", "__aenter__", "__aexit__", "__await__", "__anext__"}


@dataclass(frozen=True, slots=True)
class Change:
    """A change of an attribute that no lock covers, and the other methods that touch the attribute."""

    access: Access
    attribute: Attribute
    others: tuple[str, ...]


def uses_locks(one: CythonClass) -> bool:
    """Does the class show that threads share its objects: does a method of it hold a lock?"""
    return any(
        method.guard or any(access.guards for access in method.accesses) or any(call.guards for call in method.calls)
        for method in one.methods
    )


def unguarded(function: CythonFunction) -> Iterator[Access]:
    """The changes that a function makes without a lock."""
    return (one for one in function.accesses if one.changes and not one.guards and one.how != "local")


def changes_by_method(facts: CythonFacts) -> Iterator[tuple[CythonClass, CythonFunction, list[Change]]]:
    """For each method that two threads can be in: what it changes while another method may look."""
    shared = {id(function) for function in facts.shared_functions()}
    for one in facts.classes:
        users = _users(one)
        for method in one.methods:
            if id(method) in shared and method.name not in _ONE_USER:
                found = list(_changes(one, method, users))
                if found:
                    yield one, method, found


def _users(one: CythonClass) -> dict[str, set[str]]:
    """For each attribute the methods that touch it at any time."""
    users: defaultdict[str, set[str]] = defaultdict(set)
    for method in one.methods:
        if method.role is Role.ORDINARY:
            for access in method.accesses:
                if access.of_self:
                    users[access.name].add(method.name)
    return users


def _changes(one: CythonClass, method: CythonFunction, users: dict[str, set[str]]) -> Iterator[Change]:
    for access in unguarded(method):
        attribute = one.attributes.get(access.name) if access.of_self else None
        if attribute is None or attribute.holds in {Holds.LOCK, Holds.ATOMIC}:
            continue
        others = sorted(users[access.name] - {method.name})
        if others:
            yield Change(access, attribute, tuple(others))
