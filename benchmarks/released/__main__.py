"""Hammers released wheels, prints what came of it, and writes it to a folder: see docs/hammer-released.md.

python -m benchmarks.released [--only WORD] [--budget SECONDS] [--write FOLDER]
python -m benchmarks.released --again FOLDER    # the page once more, from the JSON there, with new judgements

Exits with 0 when every target was met, 1 when one was not, 2 when the job could not be done.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from benchmarks.audit.machine import cpu_model, interpreter, system
from benchmarks.audit.measure import BenchmarkError
from benchmarks.released import page, results
from benchmarks.released.hunt import hunt
from benchmarks.released.judged import Judgements
from benchmarks.released.releases import RELEASES
from benchmarks.released.results import Results

import ungil

STEM = "hammer-released"
BUDGET = 45.0
SEED = 1


def main(arguments: list[str]) -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.released", description=__doc__.splitlines()[0])
    parser.add_argument("--only", metavar="WORD", default="", help="only releases with this in their name")
    parser.add_argument(
        "--budget", metavar="SECONDS", type=float, default=BUDGET, help=f"for each; default: {BUDGET:g}"
    )
    parser.add_argument("--write", metavar="FOLDER", type=Path, help=f"write {STEM}.json and .md there")
    parser.add_argument("--again", metavar="FOLDER", type=Path, help="hammer nothing: render the run that is there")
    options = parser.parse_args(arguments)
    if options.write and options.only:
        parser.error("--write is for a whole run: leave out --only")
    try:
        judgements = Judgements()
        found = results.load(options.again / f"{STEM}.json") if options.again else _hunt(options.only, options.budget)
        if folder := options.again or options.write:
            for suffix, text in ((".json", results.dump(found)), (".md", page.render(found, judgements, STEM))):
                (folder / f"{STEM}{suffix}").write_text(text, encoding="utf-8")
    except (BenchmarkError, OSError) as error:
        print(f"benchmarks.released: {error}", file=sys.stderr)
        return 2
    print(page.render(found, judgements, STEM))
    return 0 if all(met for _, met in page.targets(found, judgements)) else 1


def _hunt(word: str, budget: float) -> Results:
    found: Results = {
        "ungil": ungil.__version__,
        "python": interpreter(),
        "cpu": cpu_model(),
        "cpus": os.cpu_count() or 1,
        "system": system(),
        "load": round(os.getloadavg()[0], 2),
        "budget": budget,
        "seed": SEED,
        "releases": [],
    }
    for release in RELEASES:
        if word in release.name:
            print(f"{release.name} {release.version}", file=sys.stderr)
            found["releases"].append(hunt(release, budget=budget, seed=SEED))
    if not found["releases"]:
        raise BenchmarkError(f"no release has {word!r} in its name")
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
