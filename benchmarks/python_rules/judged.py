"""What was read by hand."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

__all__ = ["VERDICTS", "Judgement", "judgements"]

VERDICTS = ("true", "arguable", "false")


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a reader of the source says of one warning, and why."""

    verdict: str
    why: str


def judgements() -> dict[tuple[str, str, str], Judgement]:
    """By package without its version, code and place.

    Raises:
        ValueError: a verdict is none.
    """
    listed = tomllib.loads(Path(__file__).with_name("judged.toml").read_text(encoding="utf-8"))
    found = {}
    for name, rows in listed.items():
        for code, where, verdict, why in rows:
            if verdict not in VERDICTS:
                raise ValueError(f"{name}, {where}: '{verdict}' is no verdict")
            found[name, code, where] = Judgement(verdict, why)
    return found
