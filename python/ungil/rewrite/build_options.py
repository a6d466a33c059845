"""One more option for what a file of the build calls."""

from __future__ import annotations

from ungil.facts.build import Tool
from ungil.fixer import Edit, Repair, Site, Undecided

__all__ = ["pass_option"]


def pass_option(site: Site, tool: Tool, option: str) -> Repair:
    """Passes an option where a finding about a tool lies.

    Raises:
        Undecided: where it would have to stand cannot be seen.
    """
    where = site.finding.location
    for made in site.facts.build.generators:
        if (made.tool, made.file.path, made.place.line, made.place.column) == (
            tool,
            where.path,
            where.line,
            where.column,
        ):
            if made.option is None:
                break
            at = made.option.offset
            return Repair(edits=(Edit(site.path, at, at, made.option.form.format(option)),))
    raise Undecided(f"where {option} has to stand cannot be seen here: pass it by hand")
