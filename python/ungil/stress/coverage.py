"""What of an extension was driven, from where, and what never was, and why: what a clean report says nothing about."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ungil.stress.hammer.models.model import Model
from ungil.stress.introspect.introspect import Introspected, Offered
from ungil.stress.introspect.names import members_of

__all__ = ["Coverage", "Driven", "Reach", "driven_by"]

type Driven = tuple[str, str, str]
"""Class as ``module:name`` or module, operation, and where the operation comes from. JSON can hold it."""


@dataclass(frozen=True, slots=True, order=True)
class Reach:
    """Whether one member, or one function, was driven.

    Attributes:
        owner: the class as ``module:name``, or the module.
        member: its name.
        kind: ``method``, ``attribute``, ``protocol``, ``class method``, ``function`` or ``constructor``.
        sources: from where it was driven: ``model``, ``harvest``, ``introspection``; none if it never was.
        why: why it never was; empty if it was.
    """

    owner: str
    member: str
    kind: str
    sources: tuple[str, ...]
    why: str

    @property
    def driven(self) -> bool:
        """Whether it was."""
        return bool(self.sources)


@dataclass(frozen=True, slots=True)
class Coverage:
    """What there is, and what was driven of it.

    Attributes:
        target: the module or package.
        reaches: in the order of owners and members.
    """

    target: str
    reaches: tuple[Reach, ...]

    @classmethod
    def of(
        cls, found: Introspected, driven: Iterable[Driven], dropped: Mapping[tuple[str, str], str] | None = None
    ) -> Coverage:
        """Hold what there is against what was driven.

        Args:
            found: what introspection found, and why it left out what it did.
            driven: every operation that was run beside others.
            dropped: class or module, and operation, to why a harvest cannot do it again.
        """
        sources: dict[tuple[str, str], set[str]] = defaultdict(set)
        for owner, operation, source in driven:
            for key in _keys(found.offered, found.name, owner, operation):
                sources[key].add(source.partition(" ")[0])
        reasons = _reasons(found, dropped or {})
        reaches = [
            Reach(owner, member, kind, tuple(sorted(sources[owner, member])), "")
            if sources[owner, member]
            else Reach(owner, member, kind, (), denied or reasons.get((owner, member)) or _why(found, owner, kind))
            for owner, members in found.offered.items()
            for member, (kind, denied) in members.items()
        ]
        return cls(found.name, tuple(sorted(reaches)))

    @property
    def summary(self) -> str:
        """How much of what there is was driven, and how much of that by each source."""
        counted = Counter(source for reach in self.reaches for source in reach.sources)
        told = ", ".join(f"{count} from {source}" for source, count in sorted(counted.items(), key=_most_first))
        driven = sum(reach.driven for reach in self.reaches)
        there_is = f"{len(self.reaches)} functions, methods, attributes and protocols"
        return f"{driven} of {there_is}" + (f": {told}" if told else "")


def _most_first(counted: tuple[str, int]) -> tuple[int, str]:
    return -counted[1], counted[0]


def driven_by(models: Iterable[Model]) -> Iterator[Driven]:
    """The operations of models, as coverage counts them; to be called where the models are made."""
    for model in models:
        for operation in model.operations:
            yield model.owner(operation), operation.name, operation.source


def _keys(offered: Offered, name: str, owner: str, operation: str) -> list[tuple[str, str]]:
    """The members that an operation goes through; a function may be found in another module than it says."""
    if owner in offered:
        return [(owner, member) for member in members_of(operation, offered[owner])]
    return [(name, operation)] if ":" not in owner and operation in offered.get(name, {}) else []


def _reasons(found: Introspected, dropped: Mapping[tuple[str, str], str]) -> dict[tuple[str, str], str]:
    reasons: dict[tuple[str, str], str] = {}
    for told, prefix in ((dropped, "its arguments in the tests cannot be made again: "), (found.left_out, "")):
        for (owner, operation), why in told.items():
            for key in _keys(found.offered, found.name, owner, operation):
                reasons[key] = prefix + why
    return reasons


def _why(found: Introspected, owner: str, kind: str) -> str:
    if ":" in owner and owner not in found.chosen:
        return "no object of the class could be made"
    return f"nothing drove this {kind}"
