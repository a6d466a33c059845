"""What the methods of a class that a C++ framework shows to Python do with the object, when nothing is locked."""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts, MemberUse

__all__ = ["CONTAINERS", "SYNCHRONISED", "BoundClasses", "moves_elements"]

CONTAINERS = frozenset(
    {
        *("vector", "deque", "list", "forward_list", "string", "wstring", "queue", "stack", "priority_queue"),
        *("map", "multimap", "set", "multiset", "unordered_map", "unordered_multimap", "unordered_set"),
        *("unordered_multiset", "flat_map", "flat_hash_map", "flat_hash_set", "basic_string"),
    }
)
"""The last names of the types whose elements move or are freed when they change."""

SYNCHRONISED = frozenset(
    {
        *("mutex", "recursive_mutex", "shared_mutex", "timed_mutex", "shared_timed_mutex", "once_flag", "PyMutex"),
        *("ft_mutex", "condition_variable", "condition_variable_any", "atomic", "atomic_flag", "atomic_bool"),
        *("atomic_int", "atomic_uint", "atomic_long", "atomic_ulong", "atomic_size_t", "atomic_uint64_t"),
    }
)
"""The last names of the types that threads may use at once."""


def moves_elements(use: MemberUse) -> bool:
    """Does a method that Python calls change the length of a container, whose elements may then move?"""
    return use.field_type in CONTAINERS and use.kind == "mutate" and use.method.is_bound


class BoundClasses:
    """The uses of data members that no lock covers, by class.

    A method that the framework binds under the lock of its object counts as locked, unless the binding also detaches,
    which gives that lock up; and so does one whose name says that its caller holds a lock. Where ``also_locked`` is
    given, those under a lock are among the uses.
    """

    def __init__(self, facts: Facts, *, also_locked: bool = False) -> None:
        self._by_class: dict[str, list[MemberUse]] = {}
        bindings = (b for file in facts.files for b in file.bindings) if facts.member_uses else ()
        under_lock = {(b.scope, b.name) for b in bindings if b.locks_self and not b.detaches}
        for use in facts.member_uses:
            name = use.method.name
            if name.startswith("operator=") and name != "operator==":
                continue  # it gives a copy its value, as a constructor does
            locked = use.is_locked or (use.type, name) in under_lock or name.endswith(("_locked", "_lock_held"))
            if also_locked or not locked:
                self._by_class.setdefault(use.type, []).append(use)

    def uses(self) -> Iterator[tuple[str, list[MemberUse]]]:
        """Each class and its uses, in the order of the files."""
        yield from self._by_class.items()
