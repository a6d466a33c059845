"""Who needs whom, in which versions: from what packages say that they require."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import NormalizedName

from ungil.deps.model import Constraint, Dependency, a_name
from ungil.deps.target import Environment, holds

__all__ = ["linked", "required"]


def required(texts: Iterable[str], environment: Environment) -> list[Requirement]:
    """What a package requires there, but for its extras: nobody has written down which of them were asked for."""
    found = []
    for text in texts:
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            continue  # of a time before the format was fixed; pip passes over it too
        if requirement.marker is None or holds(str(requirement.marker), environment):
            found.append(requirement)
    return found


def linked(
    dependencies: Iterable[Dependency], needs: Mapping[NormalizedName, Iterable[Requirement]]
) -> tuple[Dependency, ...]:
    """The packages by name, each with who needs it and in which versions."""
    needed_by: dict[NormalizedName, set[NormalizedName]] = {}
    constraints: dict[NormalizedName, list[Constraint]] = {}
    for by, requirements in needs.items():
        for one in requirements:
            name = a_name(one.name)
            needed_by.setdefault(name, set()).add(by)
            constraints.setdefault(name, []).append(Constraint(one.specifier, by))
    return tuple(
        replace(
            one,
            needed_by=tuple(sorted(needed_by.get(one.name, ()))),
            constraints=tuple(constraints.get(one.name, ())),
        )
        for one in sorted(dependencies, key=lambda one: one.name)
    )
