"""What a run found, as JSON, and what follows from it: the page is rendered from it."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import TypedDict, cast

__all__ = [
    "VERDICTS",
    "VERSION",
    "Package",
    "Results",
    "Said",
    "dump",
    "every",
    "judged",
    "load",
    "loudest",
    "read",
    "share",
]

VERSION = 1
VERDICTS = ("true", "arguable", "false")
_FEW = 1_000  # lines: of fewer, a rate says nothing


class Said(TypedDict):
    """One warning; its verdict is one of ``VERDICTS`` or, if nobody read it, empty."""

    code: str
    slug: str
    where: str
    message: str
    verdict: str
    why: str


class Package(TypedDict):
    """What is said of one package; ``other`` counts the other tool's errors and warnings, where it was run."""

    name: str
    group: str
    lines: int
    seconds: float
    notes: int
    warnings: list[Said]
    other: int | None


class Results(TypedDict):
    """A whole run."""

    version: int
    ungil: str
    packages: list[Package]


def judged() -> dict[tuple[str, str, str], tuple[str, str]]:
    """What was read by hand: verdict and reason, by package without its version, code and place."""
    table = tomllib.loads(Path(__file__).with_name("judged.toml").read_text(encoding="utf-8"))
    return {(name, code, where): (verdict, why) for name, rows in table.items() for code, where, verdict, why in rows}


def every(found: Results) -> list[Said]:
    """All warnings."""
    return [said for package in found["packages"] for said in package["warnings"]]


def read(some: Iterable[Said]) -> list[Said]:
    """Those that somebody has read."""
    return [said for said in some if said["verdict"]]


def share(some: Iterable[Said]) -> float | None:
    """How many percent of those that were read are true."""
    those = read(some)
    return 100 * sum(said["verdict"] == "true" for said in those) / len(those) if those else None


def loudest(found: Results) -> float | None:
    """Warnings in 1,000 lines of the package that has most of them."""
    large = (one for one in found["packages"] if one["lines"] >= _FEW)
    return max((1_000 * len(one["warnings"]) / one["lines"] for one in large), default=None)


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
        raise ValueError(f"{path} is of version {found.get('version')}, not {VERSION}: run benchmarks.python_rules")
    return cast("Results", found)
