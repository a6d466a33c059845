"""Applies the rules about build, packaging and CI files to released projects, and writes what they found to a folder.

python -m benchmarks.ci_rules [--quick] [--write FOLDER]

Exits with 0 when every target was met, 1 when one was not, 2 when the job could not be done.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from benchmarks.audit.machine import interpreter
from benchmarks.ci_rules import cache, page, results
from benchmarks.ci_rules.results import Found, Read, Results
from benchmarks.ci_rules.targets import TARGETS

import ungil
from ungil.audit.run import analyse
from ungil.ci_files import is_workflow
from ungil.errors import UngilError
from ungil.facts.ci import read as ci
from ungil.facts.packaging import read as packaging
from ungil.rule import Rule
from ungil.rules import catalogue
from ungil.source import read as read_project

STEM = "ci-rules"
FEW = 20
GROUPS = ("UG74", "UG75", "UG76", "UG77", "UG78")


def main(arguments: list[str]) -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ci_rules", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help=f"only the first {FEW} projects")
    parser.add_argument("--write", metavar="FOLDER", type=Path, help=f"write {STEM}.json and .md there")
    options = parser.parse_args(arguments)
    try:
        found = measure(cache.listed()[: FEW if options.quick else None])
        if options.write:
            write(found, options.write)
    except (UngilError, OSError) as error:
        print(f"benchmarks.ci_rules: {error}", file=sys.stderr)
        return 2
    print(page.render(found, STEM))
    return 0 if all(target.met(found) for target in TARGETS) else 1


def measure(filenames: list[str]) -> Results:
    """A whole run."""
    rules = [rule for rule in catalogue() if rule.code.startswith(GROUPS)]
    verdicts = results.judged()
    return {
        "version": results.VERSION,
        "ungil": ungil.__version__,
        "python": interpreter(),
        "rules": len(rules),
        "sdists": [_read(cache.sdist(filename), rules, verdicts) for filename in filenames],
    }


def _read(path: Path, rules: list[Rule], verdicts: dict[tuple[str, str, str], tuple[str, str]]) -> Read:
    project = read_project(str(path))
    start = time.perf_counter()
    tests = ci.read(project.build_files, project.tests)
    packaging.read(project.build_files)
    took = time.perf_counter() - start
    name = path.name.removesuffix(".tar.gz")
    found = list[Found]()
    for finding in analyse(project, rules).findings:
        at = f"{finding.location.path.partition('/')[2]}:{finding.location.line}"
        verdict, why = verdicts.get((name, finding.code, at), ("", ""))
        severity = str(finding.severity)
        found.append(
            {"code": finding.code, "slug": finding.slug, "severity": severity, "at": at, "verdict": verdict, "why": why}
        )
    print(f"{1000 * took:6.0f} ms  {name}", file=sys.stderr, flush=True)
    return {
        "sdist": name,
        "workflows": sum(is_workflow(source.path) for source in project.build_files),
        "milliseconds": round(1000 * took, 1),
        "unread": [f"{path}: {why}" for path, why in tests.unread],
        "findings": found,
    }


def write(found: Results, folder: Path) -> None:
    """The JSON, and the page that is rendered from it."""
    for suffix, text in ((".json", results.dump(found)), (".md", page.render(found, STEM))):
        (folder / f"{STEM}{suffix}").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
