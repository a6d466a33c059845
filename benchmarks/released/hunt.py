"""One release, hammered as a user does it: by the command, with a model file."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from typing import Any

from benchmarks.audit.measure import BenchmarkError
from benchmarks.released.releases import Release
from benchmarks.released.results import Driven, Found, Hunted

__all__ = ["hunt"]

GRACE = 600
"""Seconds over the budget: for processes to start, and for scripts to be tried."""

ERROR = "ungil: error: "
NOTHING = {"how": {"executions": 0, "seconds": 0.0}, "driven": [], "never": [], "notes": [], "findings": []}


def hunt(release: Release, *, budget: float, seed: int) -> Hunted:
    """Hammer it, and say what came of it.

    Raises:
        BenchmarkError: the command did not do its job, and did not say why.
    """
    command = [sys.executable, "-m", "ungil", "hammer", release.module, "--model", str(release.model)]
    options = ["--budget", str(budget), "--seed", str(seed), "--format", "json", "--level", "note"]
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [*command, *options], cwd=folder, capture_output=True, text=True, timeout=budget + GRACE, check=False
        )
    if done.returncode != 2:  # noqa: PLR2004 - the job could not be done
        return _told(release, json.loads(done.stdout))
    refused = next((line for line in done.stderr.splitlines() if line.startswith(ERROR)), "").removeprefix(ERROR)
    if not refused:
        raise BenchmarkError(f"{release.name}: {done.stderr.strip()[-500:]}")
    return _told(release, NOTHING, refused)


def _told(release: Release, report: dict[str, Any], refused: str = "") -> Hunted:
    return {
        "name": release.name,
        "version": release.version,
        "made_with": release.made_with,
        "refused": refused,
        "executions": report["how"]["executions"],
        "seconds": report["how"]["seconds"],
        "driven": [_driven(one) for one in report["driven"]],
        "never": [f"{one['what']}: {one['why']}" for one in report["never"]],
        "notes": report["notes"],
        "findings": [_found(one) for one in report["findings"]],
    }


def _driven(model: dict[str, Any]) -> Driven:
    pairs = model["pairs"]
    return {
        "model": model["name"],
        "operations": len(model["operations"]),
        "pairs": len(pairs),
        "ran": sum(pair["runs"] > 0 for pair in pairs),
        "stopped": sum(pair["stops"] > 0 for pair in pairs),
        "stops": sum(pair["stops"] for pair in pairs),
    }


def _found(finding: dict[str, Any]) -> Found:
    confirmation = finding["sighting"]["confirmation"]
    return {
        "code": finding["code"],
        "slug": finding["slug"],
        "message": finding["message"],
        "evidence": finding["evidence"],
        "confirmed": bool(confirmation and confirmation["confirmed"]),
    }
