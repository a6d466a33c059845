"""Applies the rules about Python to released packages, and puts what was read by hand beside them.

python -m benchmarks.python_rules [--threadcheck PATH] [--quick] [--write FOLDER]

Exits with 0 when every target was met, 1 when one was not, 2 when the job could not be done.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from benchmarks.python_rules import page
from benchmarks.python_rules.judged import judgements
from benchmarks.python_rules.measure import Package, measure

from ungil.errors import UngilError

STEM = "python-rules"


def main(arguments: list[str]) -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.python_rules", description=__doc__.splitlines()[0])
    parser.add_argument("--threadcheck", metavar="PATH", type=Path, help="the peer's command, to be run on the same")
    parser.add_argument("--quick", action="store_true", help="only the packages of the first group")
    parser.add_argument("--write", metavar="FOLDER", type=Path, help=f"write {STEM}.json and .md there")
    options = parser.parse_args(arguments)
    found: list[Package] = []
    try:
        for one in measure(options.threadcheck, quick=options.quick):
            print(f"{one['seconds']:6.2f} s  {one['name']}", file=sys.stderr, flush=True)
            found.append(one)
        text = page.render(found, judgements())
        if options.write:
            (options.write / f"{STEM}.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
            (options.write / f"{STEM}.md").write_text(text, encoding="utf-8")
    except (UngilError, OSError) as error:
        print(f"benchmarks.python_rules: {error}", file=sys.stderr)
        return 2
    print(text)
    return 0 if page.is_met(found, judgements()) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
