"""What the methods of a ``cdef class`` change without a lock, and who else looks at it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ungil.facts.cython.model import Access, Attribute, CythonClass, CythonFacts, CythonFunction, Holds, Role
from ungil.facts.cython.words import is_lock_name

__all__ = ["Change", "changes_by_method", "torn", "unguarded", "users_of", "uses_locks"]

_PAIR = 2
# Methods of the protocol that one thread goes through from beginning to end: an iterator, a with block.
_ONE_USER = {"__next__", "__iter__", "__enter__", "__exit__", "__aenter__", "__aexit__", "__await__", "__anext__"}


@dataclass(frozen=True, slots=True)
class Change:
    """A change of an attribute that no lock covers, and the other methods that touch the attribute."""

    access: Access
    attribute: Attribute
    others: tuple[str, ...]


def uses_locks(one: CythonClass) -> bool:
    """Does the class show that threads share its objects: does a method of it hold what is certainly a lock?"""
    locks = {name for name, attribute in one.attributes.items() if attribute.holds is Holds.LOCK}
    for method in one.methods:
        held = {method.guard}.union(*(a.guards for a in method.accesses), *(c.guards for c in method.calls))
        if any(guard.rpartition(".")[2] in locks or is_lock_name(guard) for guard in held if guard):
            return True
    return False


def unguarded(function: CythonFunction) -> Iterator[Access]:
    """The changes that a function makes without a lock."""
    return (one for one in function.accesses if one.changes and not one.guards and one.how != "local")


def changes_by_method(facts: CythonFacts) -> Iterator[tuple[CythonClass, CythonFunction, list[Change]]]:
    """For each method that two threads can be in: what it changes while another function may look."""
    yield from facts.once("changes", lambda: tuple(_changes_by_method(facts)))


def _changes_by_method(facts: CythonFacts) -> Iterator[tuple[CythonClass, CythonFunction, list[Change]]]:
    shared = {id(function) for function in facts.shared_functions()}
    for one in facts.classes:
        users = users_of(facts, one)
        structs = {a.name for method in one.methods for a in method.accesses if a.of_self and a.field}
        for method in one.methods:
            if id(method) in shared and method.name not in _ONE_USER:
                found = list(_changes(one, method, users, structs))
                if found:
                    yield one, method, found


def users_of(facts: CythonFacts, one: CythonClass) -> dict[str, set[str]]:
    """For each function that can run while others use such an object, which attributes it uses; by its name."""
    return facts.once(("users", id(one)), lambda: _users_of(facts, one))


def _users_of(facts: CythonFacts, one: CythonClass) -> dict[str, set[str]]:
    family = facts.family(one)
    names = {other.name for other in family}
    users: defaultdict[str, set[str]] = defaultdict(set)
    for method in (m for other in family for m in other.methods if m.role is Role.ORDINARY):
        users[method.name].update(access.name for access in method.accesses if access.of_self)
    for function in facts.functions:
        if function.role is Role.ORDINARY:
            users[function.name].update(name for owner, name in function.touches if owner in names)
    return dict(users)


def torn(users: dict[str, set[str]], method: CythonFunction, changes: list[Change]) -> list[Change]:
    """The changes of attributes of which another function uses at least two, or several fields of one."""
    touched = {change.access.name for change in changes}
    for name, used in users.items():
        both = used & touched if name != method.name else set()
        if len(both) >= _PAIR or (both and any(change.access.field for change in changes)):
            found = [change for change in changes if change.access.name in both]
            if len({change.access.path for change in found}) >= _PAIR:
                return found
    return []


def _changes(
    one: CythonClass, method: CythonFunction, users: dict[str, set[str]], structs: set[str]
) -> Iterator[Change]:
    for access in unguarded(method):
        attribute = one.attributes.get(access.name) if access.of_self else None
        if attribute is None or attribute.holds in {Holds.LOCK, Holds.ATOMIC}:
            continue
        if attribute.holds is Holds.NUMBER and access.name in structs:
            attribute = replace(attribute, holds=Holds.STRUCT)  # a name that only a header declares
        others = sorted(name for name, used in users.items() if access.name in used and name != method.name)
        if others:
            yield Change(access, attribute, tuple(others))
