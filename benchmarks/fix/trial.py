"""One release, from the index to its row: unpacked, fixed, built and tested before and after."""

from __future__ import annotations

import shutil
import tarfile
import zipfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.audit.releases import archive
from benchmarks.fix import builds, tool
from benchmarks.fix.packages import Package
from benchmarks.fix.results import Fixed, Left
from benchmarks.fix.tree import compared

__all__ = ["attempt", "unpack"]


def unpack(release: str, folder: Path) -> Path:
    """The source distribution of ``name==version`` in a folder that is not there: the one folder that is in it."""
    file = archive(release)
    folder.mkdir(parents=True)
    if file.suffix == ".zip":
        with zipfile.ZipFile(file) as zipped:
            zipped.extractall(folder)  # noqa: S202 - zipfile keeps inside the folder
    else:
        with tarfile.open(file) as packed:
            packed.extractall(folder, filter="data")
    (inner,) = folder.iterdir()
    return inner


def attempt(package: Package, pythons: Mapping[str, Path], folder: Path, rounds: int) -> Fixed:
    """Does all that is to be done with it.

    Args:
        package: which.
        pythons: interpreters, by the name of their build.
        folder: for its trees and environments; there is nothing in it yet.
        rounds: how often audit and fix are timed.

    Raises:
        BenchmarkError: it could not be done.
    """
    before = unpack(package.release, folder / "before")
    after = shutil.copytree(before, folder / "after" / before.name)
    found = tool.audit(before)
    report = tool.fix(after)
    remains = tool.audit(after)
    again = tool.fix(shutil.copytree(after, folder / "again"))
    added, removed = tool.lines_changed(before, after)
    seconds = tool.times(before, rounds)
    environments = {build: builds.make(python, folder / build, package) for build, python in pythons.items()}
    return {
        "name": package.name,
        "version": package.version,
        "made_with": package.made_with,
        "before": tool.serious(found),
        "fixed": dict(Counter(one["fixer"] for one in report["repaired"]).most_common()),
        "left": [_left(one) for one in report["left"]],
        "after": tool.serious(remains),
        "appeared": _appeared(found, remains),
        "again": len(again["repaired"]),
        "lines_added": added,
        "lines_removed": removed,
        "audit_seconds": seconds["audit"],
        "fix_seconds": seconds["fix"],
        "tried": {build: compared(package, one, before, after) for build, one in environments.items()},
    }


def _left(finding: dict[str, Any]) -> Left:
    where = finding["location"]
    return {
        "code": finding["code"],
        "path": where["path"],
        "line": where["line"],
        "decide": finding["decide"] or "",
    }


def _appeared(found: list[dict[str, Any]], remains: list[dict[str, Any]]) -> list[str]:
    """Findings of a rule in a file of which there are more than there were, notes included."""
    old, new = (Counter((one["location"]["path"], one["code"]) for one in some) for some in (found, remains))
    return [f"{path}: {number} {code}" for (path, code), number in sorted((new - old).items())]
