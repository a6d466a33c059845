"""Fixes released source distributions, builds and tests them, and writes what came of it: see docs/fix-measured.md.

python -m benchmarks.fix --gil PYTHON [--only WORD] [--quick] [--write FOLDER]
python -m benchmarks.fix --again FOLDER    # the page once more, from the JSON there, with new judgements

PYTHON is a GIL-enabled interpreter of the version that runs this, which is free-threaded. UV names uv, if it is not on
PATH. Exits with 0 when every target was met, 1 when one was not, 2 when the job could not be done.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.audit.machine import cpu_model, interpreter, system
from benchmarks.audit.measure import BenchmarkError
from benchmarks.fix import page, results
from benchmarks.fix.followed import follow
from benchmarks.fix.judged import cases
from benchmarks.fix.packages import Package, packages
from benchmarks.fix.process import run
from benchmarks.fix.results import BUILDS, Fixed, Results
from benchmarks.fix.targets import TARGETS
from benchmarks.fix.trial import attempt

import ungil
from ungil.errors import UngilError

STEM = "fix-measured"
FULL, QUICK = 5, 1
EVERY = 5  # of the releases, for a look


def main(arguments: list[str]) -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fix", description=__doc__.splitlines()[0])
    parser.add_argument("--gil", metavar="PYTHON", type=Path, help="a GIL-enabled interpreter")
    parser.add_argument("--only", metavar="WORD", default="", help="only releases with this in their name")
    parser.add_argument("--quick", action="store_true", help="every fifth release, timed once: a look, not a result")
    parser.add_argument("--write", metavar="FOLDER", type=Path, help=f"write {STEM}.json and .md there")
    parser.add_argument("--again", metavar="FOLDER", type=Path, help="fix nothing: render the run that is there")
    options = parser.parse_args(arguments)
    if options.write and (options.only or options.quick):
        parser.error("--write is for a whole run: leave out --only and --quick")
    if not options.again and not options.gil:
        parser.error("--gil is missing")
    try:
        found = results.load(options.again / f"{STEM}.json") if options.again else _measure(options)
        if folder := options.again or options.write:
            for suffix, text in ((".json", results.dump(found)), (".md", page.render(found, STEM))):
                (folder / f"{STEM}{suffix}").write_text(text, encoding="utf-8")
    except (BenchmarkError, UngilError, OSError) as error:
        print(f"benchmarks.fix: {error}", file=sys.stderr)
        return 2
    print(page.render(found, STEM))
    return 0 if all(target.met(found) for target in TARGETS) else 1


def _measure(options: argparse.Namespace) -> Results:
    chosen = [one for one in packages() if options.only in one.name]
    if not chosen:
        raise BenchmarkError(f"no release has {options.only!r} in its name")
    load, start = os.getloadavg()[0], time.perf_counter()
    rounds = QUICK if options.quick else FULL
    pythons = dict(zip(BUILDS, (options.gil.absolute(), Path(sys.executable)), strict=True))
    fixed = _attempts(chosen[:: EVERY if options.quick else 1], pythons, rounds)
    return {
        "version": results.VERSION,
        "ungil": ungil.__version__,
        "python": interpreter(),
        "compiler": run(["cc", "--version"], folder=Path.cwd(), deadline=60).output.partition("\n")[0],
        "cpu": cpu_model(),
        "cpus": os.cpu_count() or 1,
        "system": system(),
        "load": round(load, 2),
        "rounds": rounds,
        "seconds": round(time.perf_counter() - start, 1),
        "packages": fixed,
        "cases": {} if options.quick or options.only else follow(cases()),
    }


def _attempts(chosen: Sequence[Package], pythons: Mapping[str, Path], rounds: int) -> list[Fixed]:
    """All of them, told as they are done; that one could not be done is said when the others have been."""
    fixed: list[Fixed] = []
    failed: list[str] = []
    for package in chosen:
        with tempfile.TemporaryDirectory(prefix="ungil-fix-") as scratch:
            try:
                fixed.append(attempt(package, pythons, Path(scratch), rounds))
            except (BenchmarkError, UngilError, OSError) as error:
                failed.append(f"{package.release}: {error}")
                print(failed[-1], file=sys.stderr, flush=True)
            else:
                print(_line(fixed[-1]), file=sys.stderr, flush=True)
    if failed:
        raise BenchmarkError("\n".join(failed))
    return fixed


def _line(one: Fixed) -> str:
    broken = ", ".join(build for build in BUILDS if not results.same(one["tried"][build]))
    numbers = f"{one['before']} findings, {sum(one['fixed'].values())} repairs, {one['after']} left"
    return f"{one['name']} {one['version']}: {numbers}{broken and f'; no more as it was: {broken}'}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
