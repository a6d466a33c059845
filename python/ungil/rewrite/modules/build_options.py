"""What a repair asks of the build: one more option for what it calls, and a version that knows the option."""

from __future__ import annotations

import re
from collections.abc import Iterator

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet

from ungil.facts.build.read import Tool
from ungil.fixer import Edit, Repair, Site, Undecided
from ungil.source import Language

__all__ = ["pass_option", "refuse_older"]


def pass_option(site: Site, tool: Tool, option: str) -> Repair:
    """Passes an option where a finding about a tool lies.

    Raises:
        Undecided: where it would have to stand cannot be seen.
    """
    where = site.finding.location
    for made in site.facts.build.generators:
        place = (made.file.path, made.place.line, made.place.column)
        if made.tool == tool and place == (where.path, where.line, where.column) and made.option is not None:
            at = made.option.offset
            return Repair(edits=(Edit(site.path, at, at, made.option.form.format(option)),))
    raise Undecided(f"where {option} has to stand cannot be seen here: pass it by hand")


def refuse_older(site: Site, project: str, least: str) -> None:
    """Leaves what the build would make with a version that does not know the option.

    Raises:
        Undecided: all that the build says of a project keeps it below a version.
    """
    texts = [one.data.decode("latin-1") for one in site.tree.sources.values() if one.language is Language.BUILD]
    said = [wanted for text in texts for wanted in _wanted(text, project)]
    if said and not any(_allows(wanted, least) for wanted in said):
        raise Undecided(f"the build keeps {project} below {least}, which does not know the option: raise that first")


def _wanted(text: str, project: str) -> Iterator[SpecifierSet]:
    """What requirements in quotes, and tags that CMake fetches, ask for."""
    for quoted in re.findall(rf"(?i)[\"']({project}\b[^\"'\n]*)[\"']", text):
        try:
            requirement = Requirement(quoted)
        except InvalidRequirement:
            continue
        if requirement.specifier:
            yield requirement.specifier
    for tag in re.findall(rf"(?i)\b{project}\b[^()]*?GIT_TAG\s+v?(\d+(?:\.\d+)+)\b", text):
        yield SpecifierSet(f"=={tag}")


def _allows(wanted: SpecifierSet, least: str) -> bool:
    """It accepts the least version, or one after it: of those that it names, their successors, or any."""
    named = [one.version.removesuffix(".*") for one in wanted]
    later = [least, f"{least}.9", *named, *(f"{one}.9" for one in named), "1000"]
    enough = SpecifierSet(f">={least}")
    return any(enough.contains(one, prereleases=True) and wanted.contains(one, prereleases=True) for one in later)
