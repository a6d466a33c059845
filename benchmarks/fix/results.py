"""What a run found, as JSON, and what follows from it: the page is rendered from it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypedDict, cast

__all__ = [
    "BUILDS",
    "VERSION",
    "Fixed",
    "Left",
    "Results",
    "Suite",
    "Tree",
    "Tried",
    "dump",
    "held",
    "load",
    "same",
    "well",
]

VERSION = 1
BUILDS = ("3.14", "3.14t")


class Suite(TypedDict):
    """What came of a test suite; `trouble` is what kept it from its end."""

    passed: int
    failed: int
    skipped: int
    trouble: str
    seconds: float


class Tree(TypedDict):
    """A tree, built with one Python.

    `trouble` is why there is no wheel, or why what is in it cannot be imported; `gil_off` whether the GIL stayed off
    when it was. Nothing is tested if nothing could be imported.
    """

    trouble: str
    gil_off: bool
    suite: Suite | None
    seconds: float


class Tried(TypedDict):
    """A release before and after, with one Python.

    `broken` are the tests that passed before and did not afterwards, twice; `warnings` are those of the compiler that
    were not there before.
    """

    before: Tree
    after: Tree
    broken: list[str]
    warnings: list[str]


class Left(TypedDict):
    """A finding that stays, and what has to be decided."""

    code: str
    path: str
    line: int
    decide: str


class Fixed(TypedDict):
    """A release, and what came of it.

    Attributes are counts of errors and warnings: `before` and `after` as `ungil audit` has them, `fixed` as `ungil fix`
    says, by fixer. `appeared` are findings, notes included, that were not there before; `again` is how many repairs a
    second `ungil fix` made.
    """

    name: str
    version: str
    made_with: str
    before: int
    fixed: dict[str, int]
    left: list[Left]
    after: int
    appeared: list[str]
    again: int
    lines_added: int
    lines_removed: int
    audit_seconds: float
    fix_seconds: float
    tried: dict[str, Tried]


class Results(TypedDict):
    """A whole run; `cases` is what became of findings that their maintainers have dealt with, by name."""

    version: int
    ungil: str
    python: str
    compiler: str
    cpu: str
    cpus: int
    system: str
    load: float
    rounds: int
    seconds: float
    packages: list[Fixed]
    cases: dict[str, str]


def dump(found: Results) -> str:
    """As it stands in the file."""
    return json.dumps(found, indent=1) + "\n"


def load(path: Path) -> Results:
    """From a file."""
    return cast("Results", json.loads(path.read_text(encoding="utf-8")))


def well(tree: Tree) -> bool:
    """Could it be built and imported, and did its tests come to their end?"""
    return not tree["trouble"] and tree["suite"] is not None and not tree["suite"]["trouble"]


def same(tried: Tried) -> bool:
    """Is it afterwards as it was? What could not be built before has nothing to lose."""
    return well(tried["after"]) and not tried["broken"] if well(tried["before"]) else True


def held(one: Fixed) -> bool:
    """Does it keep all that `ungil fix` promises? Both builds afterwards, the same tests, no finding that is new."""
    built = all(well(tried["after"]) and same(tried) for tried in one["tried"].values())
    return (
        built
        and not one["appeared"]
        and not one["again"]
        and one["after"] <= one["before"] - sum(one["fixed"].values())
    )
