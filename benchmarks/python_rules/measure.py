"""Reads the packages and applies the rules; the other tool reads the same, where it is given."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.python_rules import packages, results
from benchmarks.python_rules.results import Package, Said

from ungil import source
from ungil.facts.model import Facts
from ungil.facts.python import read as python
from ungil.finding import Finding, Severity
from ungil.rules import catalogue

__all__ = ["measure"]

_CODES = ("UG65", "UG66", "UG67", "UG68")
_PATIENCE = 600  # seconds that the other tool may take for one package
_TOTAL = re.compile(r"Total: \d+ issue\(s\) .*\((\d+) error\(s\), (\d+) warning\(s\)")

type Verdicts = dict[tuple[str, str, str], tuple[str, str]]


def measure(threadcheck: Path | None, *, quick: bool = False) -> Iterator[Package]:
    """Package by package; the other tool reads the named ones, and those alone are read quickly."""
    verdicts = results.judged()
    yield _package(packages.STANDARD, "named", packages.standard_library(), verdicts, threadcheck)
    for group, releases in packages.GROUPS.items():
        if quick and group != "named":
            continue
        for release in releases:
            beside = threadcheck if group == "named" else None
            yield _package(release, group, packages.folder(release), verdicts, beside)


def _package(name: str, group: str, folder: Path, verdicts: Verdicts, threadcheck: Path | None) -> Package:
    project = source.read(str(folder))
    plain = [one for one in project.sources if one.language is source.Language.PYTHON]
    start = time.perf_counter()
    facts = Facts((), python=python.read(plain, project.build_files))
    rules = [rule for rule in catalogue() if rule.code.startswith(_CODES)]
    found = sorted((one for rule in rules for one in rule.check(facts)), key=lambda one: (one.code, one.location))
    seconds = time.perf_counter() - start
    loud = [one for one in found if one.severity is not Severity.NOTE]
    return {
        "name": name,
        "group": group,
        "lines": sum(file.lines for file in facts.python.files),
        "seconds": round(seconds, 2),
        "notes": len(found) - len(loud),
        "warnings": [_said(name.partition("==")[0], one, verdicts) for one in loud],
        "other": _other(threadcheck, folder) if threadcheck is not None else None,
    }


def _said(name: str, one: Finding, verdicts: Verdicts) -> Said:
    where = f"{one.location.path}:{one.location.line}"
    verdict, why = verdicts.get((name, one.code, where), ("", ""))
    return {
        "code": one.code,
        "slug": one.slug,
        "where": where,
        "message": one.message,
        "verdict": verdict,
        "why": why,
    }


def _other(threadcheck: Path, folder: Path) -> int | None:
    with tempfile.TemporaryDirectory() as here:  # it passes over hidden folders, and a cache mostly lies in one
        shutil.copytree(folder, Path(here) / "read")
        done = subprocess.run(
            [threadcheck, "scan", here], capture_output=True, text=True, check=False, timeout=_PATIENCE
        )
    total = _TOTAL.search(done.stdout + done.stderr)
    return int(total[1]) + int(total[2]) if total is not None else None
