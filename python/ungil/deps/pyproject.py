"""``pyproject.toml``: what a project asks for, before anybody has chosen versions."""

from __future__ import annotations

from packaging.dependency_groups import DependencyGroupResolver
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import NormalizedName, canonicalize_name

from ungil.deps.model import Selection, a_name
from ungil.deps.toml import Table

__all__ = ["Wanted", "read"]


class Wanted:
    """The requirements of a project, and what of it was chosen.

    Attributes:
        requirements: all of them, those of chosen extras and groups included; the project's own extras are followed.
        extras, groups: what was chosen.
        left_out: what was not, in words.
    """

    def __init__(
        self, requirements: list[Requirement], extras: list[str], groups: list[str], left_out: tuple[str, ...]
    ) -> None:
        self.requirements = requirements
        self.extras = extras
        self.groups = groups
        self.left_out = left_out


def read(table: Table, path: str, selection: Selection) -> Wanted | None:
    """What a project asks for; None where the file describes no project.

    Raises:
        ValueError: the file is damaged, or leaves its dependencies to its build backend.
        SourceError: it has no such extra or group.
    """
    project = table.table("project")
    group_table = table.table("dependency-groups")
    if not project.data and not group_table.data:
        return None
    dynamic = set(project.texts("dynamic")) & {"dependencies", "optional-dependencies"}
    if dynamic:
        raise ValueError(f"its {min(dynamic)} are left to its build backend, which ungil does not run")
    optional = {a_name(extra): project.table("optional-dependencies").texts(extra) for extra in _keys(project)}
    written = {a_name(group): group for group in group_table.data}
    extras, groups = selection.chosen(optional, written, path)
    own = canonicalize_name(project.optional_text("name") or "")
    requirements = [_requirement(text) for text in project.texts("dependencies")]
    requirements += [_requirement(text) for extra in sorted(extras) for text in optional[NormalizedName(extra)]]
    for group in sorted(groups):
        requirements += _of_group(group_table, group)
    return Wanted(
        _without_own(requirements, own, optional),
        sorted(extras),
        [written[NormalizedName(group)] for group in sorted(groups)],
        selection.left_out(optional, written),
    )


def _keys(project: Table) -> list[str]:
    return list(project.table("optional-dependencies").data)


def _requirement(text: str) -> Requirement:
    try:
        return Requirement(text)
    except InvalidRequirement as error:
        raise ValueError(f"'{text}' is not a requirement") from error


def _of_group(table: Table, group: str) -> list[Requirement]:
    try:
        return list(DependencyGroupResolver(dict(table.data)).resolve(group))
    except ExceptionGroup as errors:
        raise ValueError(f"group '{group}': {errors.exceptions[0]}") from errors


def _without_own(
    requirements: list[Requirement], own: NormalizedName, optional: dict[NormalizedName, list[str]]
) -> list[Requirement]:
    """The requirements, with those on the project itself (``project[extra]``) replaced by what its extras ask for."""
    found, todo, followed = [], list(requirements), set()
    while todo:
        one = todo.pop(0)
        if not own or canonicalize_name(one.name) != own:
            found.append(one)
            continue
        for extra in map(canonicalize_name, one.extras):
            if extra not in followed:
                followed.add(extra)
                todo += [_requirement(text) for text in optional.get(extra, ())]
    return list(dict.fromkeys(found))
