"""Measures everything, prints it, and writes it to a folder: see docs/primitives-speed.md.

python -m benchmarks.sync [--quick] [--only WORD] [--write FOLDER]

Exits with 0 when every target was met and every member scales, 1 when one was not, 2 when the job could not be done.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.sync import machine, page, plot, results, table
from benchmarks.sync.case import BenchmarkError
from benchmarks.sync.cases import catalogue
from benchmarks.sync.measure import Effort, measure
from benchmarks.sync.members import member_cases, unmeasured
from benchmarks.sync.scaling import measure_members
from benchmarks.sync.startup import measure_startup
from benchmarks.sync.threads import Pair

import ungil

STEM = "primitives-speed"


@dataclass(frozen=True)
class Thoroughness:
    """How much to measure of everything."""

    cases: Effort
    member_samples: int
    member_attempts: int
    processes: int


FULL = Thoroughness(Effort(samples=51, seconds=120.0), member_samples=9, member_attempts=8, processes=25)
QUICK = Thoroughness(Effort(samples=5, seconds=20.0), member_samples=3, member_attempts=4, processes=7)


def main(arguments: list[str]) -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sync", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer samples: a look, not a result")
    parser.add_argument("--only", metavar="WORD", default="", help="only operations and contenders with this in them")
    parser.add_argument("--write", metavar="FOLDER", type=Path, help=f"write {STEM}.json, .md and .svg there")
    options = parser.parse_args(arguments)
    if options.write and (options.quick or options.only):
        parser.error("--write is for a whole run: leave out --quick and --only")
    effort = QUICK if options.quick else FULL
    try:
        machine.require_parallel_threads()
        if options.only:
            return _some(options.only, effort)
        found = _all(effort, lambda text: print(text, file=sys.stderr))
        if options.write:
            write(found, options.write)
    except (BenchmarkError, OSError) as error:
        print(f"benchmarks.sync: {error}", file=sys.stderr)
        return 2
    print(table.render(found))
    return _verdict(results.findings(found))


def _some(word: str, effort: Thoroughness) -> int:
    """The cases that a word picks, printed."""
    cases = [case for case in catalogue() if word.lower() in case.name.lower()]
    if not cases:
        raise BenchmarkError(f"no case has {word!r} in its name")
    measures = measure(cases, Pair(), effort.cases, print)
    print(table.render_cases(results.case_results(cases, measures)))
    return 0


def _all(effort: Thoroughness, say: Callable[[str], None]) -> results.Results:
    versions = machine.peers()
    cases, pair = catalogue(), Pair()
    measures = measure(cases, pair, effort.cases, say)
    machine.require_parallel_threads()  # a peer's import may have turned the GIL on
    say("every member of every type")
    members = measure_members(
        list(member_cases()), pair, samples=effort.member_samples, attempts=effort.member_attempts
    )
    say("import ungil")
    case_results, member_results = results.case_results(cases, measures), results.member_results(members)
    startup = results.startup_result(measure_startup(effort.processes))
    return {
        "version": results.VERSION,
        "ungil": ungil.__version__,
        "python": machine.python(),
        "peers": versions,
        "machine": machine.machine(pair.cpus),
        "cases": case_results,
        "targets": results.target_results(case_results, member_results, startup),
        "members": member_results,
        "members_without_a_statement": unmeasured(),
        "startup": startup,
    }


def write(found: results.Results, folder: Path) -> None:
    """The JSON, and the page and the picture that are rendered from it."""
    results.write(folder / f"{STEM}.json", results.dump(found))
    results.write(folder / f"{STEM}.md", page.render(found, STEM))
    results.write(folder / f"{STEM}.svg", plot.render(found))


def _verdict(found: list[str]) -> int:
    for line in found:
        print(line)
    print(f"\n{len(found)} findings" if found else "\nNo findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
