"""What a run found, as JSON: the page is rendered from it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypedDict, cast

__all__ = ["Driven", "Found", "Hunted", "Results", "dump", "load"]


class Driven(TypedDict):
    """What was done to one model: of its pairs of operations, how many ran, in how many a thread stopped, how often."""

    model: str
    operations: int
    pairs: int
    ran: int
    stopped: int
    stops: int


class Found(TypedDict):
    """A finding, and whether its script in plain threads failed too."""

    code: str
    slug: str
    message: str
    evidence: list[str]
    confirmed: bool


class Hunted(TypedDict):
    """A release, and what came of it; `refused` is why it was not hammered."""

    name: str
    version: str
    made_with: str
    refused: str
    executions: int
    seconds: float
    driven: list[Driven]
    never: list[str]
    notes: list[str]
    findings: list[Found]


class Results(TypedDict):
    """A whole run."""

    ungil: str
    python: str
    cpu: str
    cpus: int
    system: str
    load: float
    budget: float
    seed: int
    releases: list[Hunted]


def dump(found: Results) -> str:
    """As it stands in the file."""
    return json.dumps(found, indent=1) + "\n"


def load(path: Path) -> Results:
    """From a file."""
    return cast("Results", json.loads(path.read_text(encoding="utf-8")))
