"""The evidence as one HTML file, complete in itself: no script, no network, nothing beside it.

What others wrote (names, sources, logs) passes ``shown`` and is escaped, wherever a template says it. The file's own
policy forbids scripts and requests besides.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

from ungil.errors import MissingExtraError
from ungil.finding import Severity
from ungil.port.evidence import Evidence, Open, Shown
from ungil.report.counting import count
from ungil.report.evidence import chart, matrix, timeline, words
from ungil.report.evidence.patch import Hunk, hunks
from ungil.report.evidence.shown import shown

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["Numbered", "render"]

FIRST = 40
"""Of so many findings of one level, and so many tests, all is seen at once; the rest is folded."""


@dataclass(frozen=True, slots=True)
class Numbered:
    """A finding, its number in the report, counted from 1, and what the patch changes there."""

    number: int
    shown: Shown
    hunks: tuple[Hunk, ...]


def render(evidence: Evidence) -> str:
    """The file's text, which can be written as UTF-8.

    Raises:
        MissingExtraError: jinja2 is not installed.
    """
    found = _numbered(evidence)
    return (
        _environment()
        .get_template("page.html")
        .render(
            evidence=evidence,
            groups=[(level, [one for one in found if one.shown.finding.severity == level]) for level in Severity],
            numbers={one.shown.fingerprint: one for one in found},
            rules=words.by_rule(evidence.findings),
            open_by_module=_by_module(evidence.open),
        )
    )


def _numbered(evidence: Evidence) -> list[Numbered]:
    changes: dict[str, list[Hunk]] = {}
    for hunk in hunks(evidence.repaired.patch) if evidence.repaired else ():
        changes.setdefault(hunk.path, []).append(hunk)
    return [
        Numbered(number, one, tuple(_changing(one, changes) if one.repaired else ()))
        for number, one in enumerate(evidence.findings, 1)
    ]


def _changing(one: Shown, changes: dict[str, list[Hunk]]) -> Iterator[Hunk]:
    where = one.finding.location
    return (hunk for hunk in changes.get(where.path, ()) if hunk.covers(where.path, where.line))


def _by_module(rows: Iterable[Open]) -> dict[str, list[Open]]:
    """What is of the whole project last."""
    by_module: dict[str, list[Open]] = {}
    for row in sorted(rows, key=lambda row: (not row.module, row.module)):
        by_module.setdefault(row.module, []).append(row)
    return by_module


@functools.cache
def _environment() -> Environment:
    """Templates that escape all that they say; what they may call is named here."""
    try:
        import jinja2  # noqa: PLC0415 - only this report needs it
    except ImportError as error:
        raise MissingExtraError(
            "jinja2 is not installed, which writes the HTML report", "Install it: pip install 'ungil[port]'."
        ) from error
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_template),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )
    environment.globals.update(
        chart=chart,
        count=count,
        first=FIRST,
        matrix=matrix,
        style=_template("style.css"),
        timeline=timeline,
        words=words,
    )
    return environment


def _finalize(value: object) -> object:
    """What a template says: a text as it may be shown; what is markup already, from a macro, as it is."""
    return shown(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def _template(name: str) -> str:
    return resources.files(__package__).joinpath("templates", name).read_text(encoding="utf-8")
