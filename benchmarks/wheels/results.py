"""What a run found, as JSON, and what follows from it: the page is rendered from it."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import TypedDict, cast

from ungil.finding import Finding
from ungil.wheel.model import Method, Module, Verdict, Wheel

__all__ = [
    "VERSION",
    "Checked",
    "CheckedWheel",
    "Command",
    "Results",
    "agreement",
    "agrees",
    "comparable",
    "dump",
    "load",
    "median",
    "modules",
    "of_wheel",
    "seconds",
    "wrongly_declared",
]

VERSION = 1


class Checked(TypedDict):
    """One module: what was read of it, what it did, and what was concluded; None where it was not run."""

    name: str
    binding: str
    read: str
    read_how: str
    ran: str | None
    ran_how: str | None
    verdict: str


class CheckedWheel(TypedDict):
    """One wheel."""

    filename: str
    platform: str
    bytes: int
    seconds: float
    modules: list[Checked]
    findings: list[str]


class Command(TypedDict):
    """What `ungil wheel check` took for one wheel, and of that the processor, all processes together: in seconds."""

    seconds: float
    processor: float


class Results(TypedDict):
    """A whole run; ``command`` is about single wheels."""

    version: int
    ungil: str
    python: str
    hosts: list[str]
    readers: dict[str, str]
    cpu: str
    cpus: int
    system: str
    load: float
    command: list[Command]
    wheels: list[CheckedWheel]


def of_wheel(wheel: Wheel, found: list[Finding], size: int, took: float) -> CheckedWheel:
    """One wheel, as it is kept."""
    return {
        "filename": wheel.filename,
        "platform": _platform(wheel),
        "bytes": size,
        "seconds": round(took, 3),
        "modules": [_module(module) for module in wheel.modules],
        "findings": sorted({f"{one.code} {one.slug}" for one in found}),
    }


def _platform(wheel: Wheel) -> str:
    tag = min(tag.platform for tag in wheel.tags)
    names = {"manylinux": "Linux", "musllinux": "Linux (musl)", "macosx": "macOS", "win": "Windows", "linux": "Linux"}
    return next((name for start, name in names.items() if tag.startswith(start)), tag)


def _module(module: Module) -> Checked:
    read = module.readings[0]
    known = [one for one in module.readings if one.method is not Method.READ and one.verdict is not Verdict.UNKNOWN]
    ran = known[-1] if known else None
    return {
        "name": module.name,
        "binding": module.binary.binding,
        "read": read.verdict,
        "read_how": read.how,
        "ran": None if ran is None else "the GIL came on" if ran.verdict.turns_gil_on else "the GIL stayed off",
        "ran_how": None if ran is None else f"{ran.method} under {ran.host}",
        "verdict": module.verdict,
    }


def modules(found: Results) -> Iterator[Checked]:
    """Every module."""
    yield from (module for wheel in found["wheels"] for module in wheel["modules"])


def comparable(found: Results) -> list[Checked]:
    """The modules of which the file says something, and that ran."""
    return [one for one in modules(found) if one["read"] != Verdict.UNKNOWN and one["ran"] is not None]


def agrees(module: Checked) -> bool:
    """Whether what was read is what the interpreter did."""
    return (module["read"] == Verdict.DECLARED) == (module["ran"] == "the GIL stayed off")


def agreement(found: Results) -> float:
    """The share of comparable modules that agree."""
    compared = comparable(found)
    return sum(map(agrees, compared)) / len(compared) if compared else 0.0


def wrongly_declared(found: Results) -> int:
    """How many were read as declared and turned the GIL on."""
    return sum(one["read"] == Verdict.DECLARED and not agrees(one) for one in comparable(found))


def seconds(found: Results) -> list[float]:
    """How long each wheel took."""
    return [wheel["seconds"] for wheel in found["wheels"]]


def median(found: Results) -> float:
    """The median of that."""
    return statistics.median(seconds(found))


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
        raise ValueError(f"{path} is of version {found.get('version')}, not {VERSION}: run make bench-wheels")
    return cast("Results", found)
