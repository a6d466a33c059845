"""Measures what finds a race, prints it, and writes it to a folder: see docs/hammer-measured.md.

python -m benchmarks.hammer [--quick] [--only WORD] [--write FOLDER]

Exits with 0 when every target was met, 1 when one was not, 2 when the job could not be done.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from benchmarks.audit.machine import cpu_model, interpreter, system
from benchmarks.audit.measure import BenchmarkError
from benchmarks.hammer import page, results
from benchmarks.hammer.methods import METHODS, versions
from benchmarks.hammer.plan import Plan, run
from benchmarks.hammer.results import Machine, Results
from benchmarks.hammer.targets import TARGETS
from tests.stress.mutants.catalogue import MUTANTS

import ungil

STEM = "hammer-measured"
FULL = Plan(cap=3.0, seeds=(11, 12, 13), twin_seeds=(21, 22, 23, 24, 25, 26))
QUICK = Plan(cap=1.0, seeds=(11,), twin_seeds=(21,))


def main(arguments: list[str]) -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hammer", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one run of each, and short: a look, not a result")
    parser.add_argument("--only", metavar="WORD", default="", help="only mutants with this in their name")
    parser.add_argument("--write", metavar="FOLDER", type=Path, help=f"write {STEM}.json and .md there")
    options = parser.parse_args(arguments)
    if options.write and (options.quick or options.only):
        parser.error("--write is for a whole run: leave out --quick and --only")
    try:
        found = measure(QUICK if options.quick else FULL, options.only)
        if options.write:
            write(found, options.write)
    except (BenchmarkError, OSError) as error:
        print(f"benchmarks.hammer: {error}", file=sys.stderr)
        return 2
    print(page.render(found, STEM))
    return 0 if all(target.met(found) for target in TARGETS) else 1


def measure(plan: Plan, word: str = "") -> Results:
    """A whole run, or the mutants that a word picks."""
    if getattr(sys, "_is_gil_enabled", lambda: True)():
        raise BenchmarkError("the GIL is on: no thread would come between two instructions. Use a free-threaded build")
    mutants = [mutant for mutant in MUTANTS if word in mutant.name]
    if not mutants:
        raise BenchmarkError(f"no mutant has {word!r} in its name")
    machine: Machine = {
        "ungil": ungil.__version__,
        "python": interpreter(),
        "cpu": cpu_model(),
        "cpus": os.cpu_count() or 1,
        "system": system(),
        "load": round(os.getloadavg()[0], 2),
        "versions": versions(),
    }
    racy = run(plan, METHODS, mutants, twin=False, say=_say)
    twins = run(plan, METHODS, mutants, twin=True, say=_say)
    return results.collect(machine, plan, METHODS, racy, twins)


def write(found: Results, folder: Path) -> None:
    """The JSON, and the page that is rendered from it."""
    for suffix, text in ((".json", results.dump(found)), (".md", page.render(found, STEM))):
        (folder / f"{STEM}{suffix}").write_text(text, encoding="utf-8")


def _say(text: str) -> None:
    print(text, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
