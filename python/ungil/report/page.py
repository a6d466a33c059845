"""A rule's documentation as Markdown, made from the rule file: its docstring, its examples."""

from __future__ import annotations

import re

from ungil.description import Description, Example

__all__ = ["HEADINGS", "render", "section", "summary"]

HEADINGS = ("What it finds", "Why it is unsafe without the GIL", "How to fix it", "References")
"""The headings that every rule's docstring has, in this order."""

_FENCES = {"pyx": "cython", "pxd": "cython", "pxi": "cython"}


def section(rule: Description, heading: str) -> str:
    """The text under one heading of the rule's docstring, unwrapped into paragraphs."""
    body = re.search(rf"^{re.escape(heading)}\n((?:    .*\n|\n)+)", rule.doc.strip() + "\n", re.MULTILINE)
    if body is None:
        raise KeyError(heading)
    rows = [row.strip() for row in body[1].strip().splitlines()]
    if all(row.startswith("http") for row in rows):
        return "\n".join(f"- <{row}>" for row in rows)
    return " ".join(rows).replace("``", "`")


def summary(rule: Description) -> str:
    """The rule in one sentence."""
    return f"{rule.title}.".replace("``", "`")


def render(rule: Description) -> str:
    """The whole page: the docstring's sections, with the unsafe and the safe code between why and how."""
    what, why, how, references = HEADINGS
    parts = [
        f"# {rule.slug} ({rule.code})",
        summary(rule),
        f"Severity: {rule.severity}.",
        *_section(rule, what),
        *_section(rule, why),
        "## Unsafe",
        _code(rule.bad[0]),
        "## Safe",
        _code(rule.good[0]),
        *_section(rule, how),
        "## It also finds" if rule.bad[1:] else "",
        *(part for example in rule.bad[1:] for part in _titled(example)),
        "## It stays silent on" if rule.good[1:] else "",
        *(part for example in rule.good[1:] for part in _titled(example)),
        *_section(rule, references),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _section(rule: Description, heading: str) -> tuple[str, str]:
    return f"## {heading}", section(rule, heading)


def _titled(example: Example) -> tuple[str, str]:
    return f"{example.title[0].upper()}{example.title[1:]}:", _code(example)


def _code(example: Example) -> str:
    suffix = example.path.rpartition(".")[2]
    found = f"{example.comment} found here"
    return f"```{_FENCES.get(suffix, suffix)}\n{example.code.replace(example.marker, found).rstrip()}\n```"
