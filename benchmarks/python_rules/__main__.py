"""Applies the rules about Python to released packages, and puts what was read by hand beside them.

python -m benchmarks.python_rules [--threadcheck PATH] [--quick] [--write FOLDER]

Exits with 0 when every target was met, 1 when one was not, 2 when the job could not be done.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from benchmarks.python_rules import page, results
from benchmarks.python_rules.measure import measure
from benchmarks.python_rules.results import Results
from benchmarks.python_rules.targets import TARGETS

import ungil
from ungil.errors import UngilError

STEM = "python-rules"


def main(arguments: list[str]) -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.python_rules", description=__doc__.splitlines()[0])
    parser.add_argument("--threadcheck", metavar="PATH", type=Path, help="the peer's command, to be run on the same")
    parser.add_argument("--quick", action="store_true", help="only the packages of the first group")
    parser.add_argument("--write", metavar="FOLDER", type=Path, help=f"write {STEM}.json and .md there")
    options = parser.parse_args(arguments)
    found: Results = {"version": results.VERSION, "ungil": ungil.__version__, "packages": []}
    try:
        for one in measure(options.threadcheck, quick=options.quick):
            print(f"{one['seconds']:6.2f} s  {one['name']}", file=sys.stderr, flush=True)
            found["packages"].append(one)
        if options.write:
            write(found, options.write)
    except (UngilError, OSError, subprocess.TimeoutExpired) as error:
        print(f"benchmarks.python_rules: {error}", file=sys.stderr)
        return 2
    print(page.render(found))
    return 0 if all(target.met(found) for target in TARGETS) else 1


def write(found: Results, folder: Path) -> None:
    """The JSON, and the page that is rendered from it."""
    for suffix, text in ((".json", results.dump(found)), (".md", page.render(found))):
        (folder / f"{STEM}{suffix}").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
