"""`ungil audit` and `ungil fix`, as their users start them, in processes of their own."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.audit.measure import BenchmarkError, median, run, take_turns
from benchmarks.fix.process import run as run_until

__all__ = ["Place", "audit", "fix", "lines_changed", "places", "times"]

UNGIL = Path(sys.executable).with_name("ungil")
DEADLINE = 300.0
_NUMBER = re.compile(r"\d+")  # of a line: it is another one when something was written above
_SERIOUS = ("error", "warning")

type Place = tuple[str, str, str]
"""Where a finding is, whatever was written above it: path, code, message."""


def audit(folder: Path) -> list[dict[str, Any]]:
    """What is found in a folder, notes included.

    Raises:
        BenchmarkError: it could not be audited.
    """
    found: list[dict[str, Any]] = _json("audit", folder, "--no-cache", "--level", "note")["findings"]
    return found


def serious(findings: list[dict[str, Any]]) -> int:
    """How many are errors or warnings, which is what is repaired unless told otherwise."""
    return sum(finding["severity"] in _SERIOUS for finding in findings)


def fix(folder: Path) -> dict[str, Any]:
    """Fixes a folder with all repairs, and says what came of it.

    Raises:
        BenchmarkError: it could not be fixed.
    """
    report: dict[str, Any] = _json("fix", folder, "--unsafe-fixes", "--allow-dirty")
    return report


def places(findings: list[dict[str, Any]]) -> Counter[Place]:
    """How often each is there."""
    return Counter((one["location"]["path"], one["code"], _NUMBER.sub("#", one["message"])) for one in findings)


def lines_changed(before: Path, after: Path) -> tuple[int, int]:
    """Lines that came, and lines that went, between two trees; what `diff` shows."""
    done = run_until(["diff", "--recursive", "--unified=0", before, after], folder=before.parent, deadline=DEADLINE)
    lines = [line for line in done.output.splitlines() if not line.startswith(("+++", "---"))]
    return sum(line.startswith("+") for line in lines), sum(line.startswith("-") for line in lines)


def times(folder: Path, rounds: int) -> Mapping[str, float]:
    """Seconds for an audit and for a fix of the same folder, in turn: medians. Neither keeps anything for the next."""
    commands: dict[str, list[str | Path]] = {
        "audit": [UNGIL, "audit", folder, "--no-cache"],
        "fix": [UNGIL, "fix", folder, "--unsafe-fixes", "--diff"],
    }
    turns = take_turns({name: partial(run, command, accept=1) for name, command in commands.items()}, rounds)
    return {name: median([one.seconds for one in taken]) for name, taken in turns.items()}


def _json(*arguments: str | Path) -> Any:  # noqa: ANN401 - whatever JSON it prints
    command: list[str | Path] = [UNGIL, *arguments, "--format", "json"]
    done = run_until(command, folder=Path.cwd(), deadline=DEADLINE, errors_apart=True)
    try:
        return json.loads(done.output)
    except ValueError:
        called = " ".join(map(str, command))
        raise BenchmarkError(f"{called} ended with {done.code}: {done.errors.strip()[-700:]}") from None
