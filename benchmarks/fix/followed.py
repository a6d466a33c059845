"""What `ungil fix` does about findings that their maintainers have dealt with. Nothing is built for that."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from benchmarks.audit.measure import BenchmarkError
from benchmarks.fix import tool
from benchmarks.fix.judged import Case
from benchmarks.fix.trial import unpack

from ungil.fixers import fixers_of

__all__ = ["LEFT", "follow"]

LEFT = "left"


def follow(cases: Sequence[Case]) -> dict[str, str]:
    """By the name of each case: which fixer did away with it, or that it is left.

    Raises:
        BenchmarkError: a case is none: nothing is found there.
    """
    came: dict[str, str] = {}
    for release, some in groupby(sorted(cases, key=lambda case: case.release), key=lambda case: case.release):
        with tempfile.TemporaryDirectory(prefix="ungil-fix-") as scratch:
            before = unpack(release, Path(scratch, "before"))
            after = shutil.copytree(before, Path(scratch, "after"))
            found, report = tool.audit(before), tool.fix(after)
        came.update({case.name: _came(case, found, report) for case in some})
    return came


def _came(case: Case, found: list[dict[str, Any]], report: dict[str, Any]) -> str:
    finding = next((one for one in found if _place(one) == (case.path, case.line, case.code)), None)
    if finding is None:
        raise BenchmarkError(f"{case.name}: nothing is found there: look at judged.toml")
    by_line = {_place(one): one["fixer"] for one in report["repaired"]}  # the first round's are where they were
    if fixer := by_line.get(_place(finding)):
        return str(fixer)
    if tool.places([finding]) <= tool.places(report["left"]):
        return LEFT
    able = {fixer.slug for fixer in fixers_of(case.code)}  # one of them has done it, here or with another finding
    there = [one for one in report["repaired"] if one["location"]["path"] == case.path and one["fixer"] in able]
    same = [one for one in there if tool.places([one]) == tool.places([finding])]
    return next((one["fixer"] for one in (*same, *there)), LEFT)


def _place(finding: dict[str, Any]) -> tuple[str, int, str]:
    return finding["location"]["path"], finding["location"]["line"], finding["code"]
