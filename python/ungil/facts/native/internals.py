"""Uses of what the interpreter's structs keep to themselves, grouped: one finding for one object in one function."""

from __future__ import annotations

from collections.abc import Iterator, Set

from ungil.facts.model import Facts, Member
from ungil.facts.native.containers import runs_alone
from ungil.facts.native.sharing import Sharing

__all__ = ["open_members"]


def open_members(facts: Facts, names: Set[str], types: Set[str]) -> Iterator[list[Member]]:
    """Uses of the members on objects of these types that are neither private nor locked, where a second thread can be.

    The uses that one function makes of one object are one item, in source order.
    """
    sharing = Sharing(facts)
    groups: dict[tuple[tuple[int, int], str], list[Member]] = {}
    for member in facts.members(names):
        if member.type in types and not runs_alone(member):
            owner = member.owner
            if not sharing.is_guarded(owner, member):
                groups.setdefault((member.function.key, owner.object), []).append(member)
    yield from groups.values()
