"""A rule's documentation as Markdown, made from the rule file: its docstring, its examples."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from ungil.description import Description, Example

__all__ = ["HEADINGS", "render", "section", "summary"]

HEADINGS = ("What it finds", "Why it is unsafe without the GIL", "How to fix it", "References")
"""The headings that every rule's docstring has, in this order."""

_FENCES = {"pyx": "cython", "pxd": "cython", "pxi": "cython", "txt": "cmake", "py": "python", "build": "meson"}
_FENCES |= {"yml": "yaml", "cfg": "ini", "supp": "text"}


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
    """The whole page: the docstring's sections, with unsafe and safe code, or what was seen, between why and how."""
    what, why, how, references = HEADINGS
    parts = [
        f"# {rule.slug} ({rule.code})",
        summary(rule),
        f"Severity: {rule.severity}.",
        *_section(rule, what),
        *_section(rule, why),
        *_shown("## Unsafe", rule.bad[:1], _code),
        *_shown("## Safe", rule.good[:1], _code),
        *_shown("## Seen", rule.seen, _titled),
        *_section(rule, how),
        *_shown("## It also finds", rule.bad[1:], _titled),
        *_shown("## It stays silent on", rule.good[1:], _titled),
        *_section(rule, references),
    ]
    return "\n\n".join(parts) + "\n"


def _section(rule: Description, heading: str) -> tuple[str, str]:
    return f"## {heading}", section(rule, heading)


def _shown(heading: str, examples: Sequence[Example], how: Callable[[Example], str]) -> list[str]:
    return [heading, *map(how, examples)] if examples else []


def _titled(example: Example) -> str:
    return f"{example.title[0].upper()}{example.title[1:]}:\n\n{_code(example)}"


def _code(example: Example) -> str:
    found = f"{example.comment} found here"
    code = _fenced(example.path, example.code.replace(example.marker, found))
    return "\n\n".join([code, *(f"With `{path}`:\n\n{_fenced(path, text)}" for path, text in example.beside)])


def _fenced(path: str, text: str) -> str:
    suffix = path.rpartition(".")[2]
    return f"```{_FENCES.get(suffix, suffix)}\n{text.rstrip()}\n```"
