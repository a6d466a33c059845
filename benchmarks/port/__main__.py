"""Takes released source distributions the whole road, and writes what came of it: see docs/port-measured.md.

python -m benchmarks.port [--only WORD] [--budget SECONDS] [--write FOLDER]
python -m benchmarks.port --again FOLDER    # the page once more, from the JSON there, with new judgements

Exits with 0 when every release came to a report, 1 when one did not, 2 when the job could not be done.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.audit.machine import cpu_model, interpreter, system
from benchmarks.audit.measure import BenchmarkError
from benchmarks.fix.process import run
from benchmarks.port import page, results
from benchmarks.port.releases import RELEASES, Release
from benchmarks.port.results import Results, Went

import ungil
from ungil.errors import UngilError
from ungil.port.kept import from_json

STEM = "port-measured"
BUDGET = 120.0
GRACE = 300.0


def main(arguments: list[str]) -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.port", description=__doc__.splitlines()[0])
    parser.add_argument("--only", metavar="WORD", default="", help="only releases with this in their name")
    parser.add_argument(
        "--budget", metavar="SECONDS", type=float, default=BUDGET, help=f"of each (default: {BUDGET:g})"
    )
    parser.add_argument("--write", metavar="FOLDER", type=Path, help=f"write {STEM}.json and .md there")
    parser.add_argument("--again", metavar="FOLDER", type=Path, help="run nothing: render the run that is there")
    options = parser.parse_args(arguments)
    if options.write and options.only:
        parser.error("--write is for a whole run: leave out --only")
    chosen = [one for one in RELEASES if options.only in one.name]
    try:
        found = results.load(options.again / f"{STEM}.json") if options.again else _measure(chosen, options.budget)
        if folder := options.again or options.write:
            for suffix, text in ((".json", results.dump(found)), (".md", page.render(found, STEM))):
                (folder / f"{STEM}{suffix}").write_text(text, encoding="utf-8")
    except (BenchmarkError, UngilError, OSError) as error:
        print(f"benchmarks.port: {error}", file=sys.stderr)
        return 2
    print(page.render(found, STEM))
    return 0 if len(found["went"]) == len(chosen) else 1


def _measure(chosen: list[Release], budget: float) -> Results:
    load, start = os.getloadavg()[0], time.perf_counter()
    return {
        "version": results.VERSION,
        "ungil": ungil.__version__,
        "python": interpreter(),
        "compiler": run(["cc", "--version"], folder=Path.cwd(), deadline=60).output.partition("\n")[0],
        "cpu": cpu_model(),
        "cpus": os.cpu_count() or 1,
        "system": system(),
        "load": round(load, 2),
        "budget": budget,
        "went": [went for one in chosen if (went := _went(one, budget))],
        "seconds": round(time.perf_counter() - start, 1),
    }


def _went(release: Release, budget: float) -> Went | None:
    """One release, in a folder of its own, from nothing; None if no evidence came of it, which is said."""
    with tempfile.TemporaryDirectory(prefix="ungil-port-") as scratch:
        folder = Path(scratch)
        command: list[str | Path] = [sys.executable, "-m", "ungil", "port", release.target, "--budget", f"{budget:g}"]
        command += ["--folder", folder / "kept", "--format", "json", "--output", folder / "evidence.json"]
        done = run(command, folder=folder, deadline=budget * 2 + GRACE)
        print(f"{release.target}: exit code {done.code} after {done.seconds:.0f} s", file=sys.stderr, flush=True)
        if not (folder / "evidence.json").exists():
            print(done.output, file=sys.stderr, flush=True)
            return None
        evidence = from_json((folder / "evidence.json").read_text(encoding="utf-8"))
    return results.summary(evidence, (release.target, release.made_with, release.why), done.code)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
