"""What a run found, as JSON, and what follows from it: the page is rendered from it."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import TypedDict, cast

__all__ = [
    "VERSION",
    "Found",
    "Read",
    "Results",
    "dump",
    "every",
    "judged",
    "load",
    "share",
    "unjudged",
    "volume",
    "warnings",
]

VERSION = 1


class Found(TypedDict):
    """One finding; its verdict is ``true``, ``false``, ``report`` or, if nobody read it, empty."""

    code: str
    slug: str
    severity: str
    at: str
    verdict: str
    why: str


class Read(TypedDict):
    """One sdist: how many workflows it has, how long the facts took, and what was found."""

    sdist: str
    workflows: int
    milliseconds: float
    unread: list[str]
    findings: list[Found]


class Results(TypedDict):
    """A whole run."""

    version: int
    ungil: str
    python: str
    rules: int
    sdists: list[Read]


def judged() -> dict[tuple[str, str, str], tuple[str, str]]:
    """What was read by hand: verdict and reason, by sdist, code and place."""
    table = tomllib.loads(Path(__file__).with_name("judged.toml").read_text(encoding="utf-8"))
    return {(one["sdist"], one["code"], one["at"]): (one["verdict"], one["why"]) for one in table["finding"]}


def every(found: Results) -> list[Found]:
    """All findings."""
    return [one for sdist in found["sdists"] for one in sdist["findings"]]


def warnings(found: Results) -> list[Found]:
    """Those that are reported unless a level is asked for."""
    return [one for one in every(found) if one["severity"] != "note"]


def unjudged(found: Results) -> int:
    """How many nobody has read."""
    return sum(not one["verdict"] for one in every(found))


def share(some: list[Found]) -> float:
    """How many of those that claim something are right, of one; what points to another tool claims nothing."""
    claims = [one for one in some if one["verdict"] in {"true", "false"}]
    return sum(one["verdict"] == "true" for one in claims) / len(claims) if claims else 1.0


def volume(found: Results) -> float:
    """Warnings and errors for one project."""
    return len(warnings(found)) / len(found["sdists"])


def dump(found: Results) -> str:
    """As it stands in the file."""
    return json.dumps(found, indent=1) + "\n"


def load(path: Path) -> Results:
    """From a file.

    Raises:
        ValueError: it is of another version.
    """
    found = json.loads(path.read_text(encoding="utf-8"))
    if found.get("version") != VERSION:
        raise ValueError(f"{path} is of version {found.get('version')}, not {VERSION}: run benchmarks.ci_rules")
    return cast("Results", found)
