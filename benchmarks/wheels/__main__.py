"""Checks released wheels, compares what was read with what they do, and writes it to a folder.

python -m benchmarks.wheels [--quick] [--write FOLDER]

Exits with 0 when every target was met, 1 when one was not, 2 when the job could not be done.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from importlib.metadata import version
from pathlib import Path

from benchmarks.audit.machine import cpu_model, interpreter, system
from benchmarks.audit.measure import BenchmarkError, run
from benchmarks.wheels import cache, page, results
from benchmarks.wheels.results import CheckedWheel, Command, Results
from benchmarks.wheels.targets import TARGETS

import ungil
from ungil.errors import UngilError
from ungil.wheel.check import check, findings
from ungil.wheel.reading import Reader

STEM = "wheels-checked"
EVERY = 6  # of the wheels, for a look
TENTH = 10


def main(arguments: list[str]) -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.wheels", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="every sixth wheel: a look, not a result")
    parser.add_argument("--write", metavar="FOLDER", type=Path, help=f"write {STEM}.json and .md there")
    options = parser.parse_args(arguments)
    if options.write and options.quick:
        parser.error("--write is for a whole run: leave out --quick")
    try:
        found = measure(cache.listed()[:: EVERY if options.quick else 1])
        if options.write:
            write(found, options.write)
    except (BenchmarkError, UngilError, OSError) as error:
        print(f"benchmarks.wheels: {error}", file=sys.stderr)
        return 2
    print(page.render(found, STEM))
    return 0 if all(target.met(found) for target in TARGETS) else 1


def measure(filenames: list[str]) -> Results:
    """A whole run."""
    files = [
        cache.wheel(filename) for filename in filenames
    ]  # whatever has to be downloaded, before the first is timed
    load = os.getloadavg()[0]
    hosts: set[str] = set()
    with Reader() as reader:
        wheels = [_checked(path, hosts, reader) for path in files]
    return {
        "version": results.VERSION,
        "ungil": ungil.__version__,
        "python": interpreter(),
        "hosts": sorted(hosts),
        "readers": {name: version(name) for name in ("lief", "capstone")},
        "cpu": cpu_model(),
        "cpus": os.cpu_count() or 1,
        "system": system(),
        "load": round(load, 2),
        "command": [_command(path) for path in files[::TENTH]],
        "wheels": wheels,
    }


def _command(path: Path) -> Command:
    """One run of `ungil wheel check`, from its start to its end."""
    before = os.times()
    command: list[str | Path] = [Path(sys.executable).with_name("ungil"), "wheel", "check", path]
    took = run(command, accept=1).seconds
    after = os.times()
    processor = after.children_user + after.children_system - before.children_user - before.children_system
    return {"seconds": round(took, 3), "processor": round(processor, 3)}


def _checked(path: Path, hosts: set[str], reader: Reader) -> CheckedWheel:
    start = time.perf_counter()
    wheel = check(path, reader=reader)
    found = findings(wheel)
    took = time.perf_counter() - start
    hosts.update(wheel.hosts)
    print(f"{took:6.2f} s  {path.name}", file=sys.stderr, flush=True)
    return results.of_wheel(wheel, found, path.stat().st_size, took)


def write(found: Results, folder: Path) -> None:
    """The JSON, and the page that is rendered from it."""
    for suffix, text in ((".json", results.dump(found)), (".md", page.render(found, STEM))):
        (folder / f"{STEM}{suffix}").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
