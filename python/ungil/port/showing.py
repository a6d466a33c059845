"""A finding with what a reader wants to see beside it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from ungil.finding import Finding, Location
from ungil.port.evidence import Excerpt, Scenario, Shown, Stage

__all__ = ["excerpt", "print_of", "shown"]

AROUND = 3
"""Lines of source that are shown before and after those that a finding is about."""

LONGEST = 12
"""Lines that are shown of one that goes on for longer."""

WIDEST = 400
"""Characters of one line."""


def shown(  # noqa: PLR0913 - what is known of it
    finding: Finding,
    stage: Stage,
    root: Path,
    *,
    fingerprint: str = "",
    module: str = "",
    scenarios: Iterable[Scenario] = (),
) -> Shown:
    """The finding, with its lines of source if they can be read below ``root``."""
    source = excerpt(root, finding.location)
    return Shown(
        finding=finding,
        fingerprint=fingerprint or print_of(finding, source),
        stage=stage,
        excerpt=source,
        module=module,
        scenarios=tuple(scenarios),
    )


def excerpt(root: Path, where: Location) -> Excerpt | None:
    """The lines around a place; None where there is no such text below the folder."""
    path = root / where.path
    try:
        if not path.resolve().is_relative_to(root.resolve()) or not path.is_file():
            return None
        data = path.read_bytes()
    except (OSError, ValueError):
        return None
    lines = data.split(b"\n")
    if b"\0" in data[:8192] or not 0 < where.line <= len(lines):
        return None
    last = max(where.line, min(where.end_line, where.line + LONGEST))
    first = max(1, where.line - AROUND)
    chosen = lines[first - 1 : min(len(lines), last + AROUND)]
    texts = tuple(line.rstrip(b"\r").decode(errors="replace")[:WIDEST] for line in chosen)
    return Excerpt(first, texts, tuple(range(where.line, min(last, len(lines)) + 1)))


def print_of(finding: Finding, source: Excerpt | None = None) -> str:
    """What stays the same of a finding while lines come and go: the rule, the file, what happens, the line's text."""
    line = source.lines[finding.location.line - source.first].split() if source else []
    text = "\0".join((finding.code, finding.location.path, finding.message, *line))
    return f"{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}:1"
