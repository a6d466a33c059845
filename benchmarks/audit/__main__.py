"""Measures how fast the audit is, prints it, and writes it to a folder: see docs/audit-speed.md.

python -m benchmarks.audit --peer PYTHON [--quick] [--write FOLDER]

PYTHON is a GIL-enabled interpreter that has tree-sitter. Exits with 0 when every target was met, 1 when one was not, 2
when the job could not be done. UNGIL_CORPUS_SCORE may name a script that scores the audit on a corpus of bugs: it is
then run as `SCRIPT --audit COMMAND`, and what it prints is shown as well.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from benchmarks.audit import page, releases, results
from benchmarks.audit.machine import cpu_model, interpreter, system
from benchmarks.audit.measure import BenchmarkError, Run, answer, median, run, take_turns
from benchmarks.audit.results import Corpus, Measured, Results
from benchmarks.audit.targets import TARGETS

import ungil
from ungil import source
from ungil.errors import UngilError
from ungil.rules import catalogue

STEM = "audit-speed"
FULL, QUICK = 9, 3
UNGIL = Path(sys.executable).with_name("ungil")
TIME_IMPORT = "from time import perf_counter as now; start = now(); import {}; print(now() - start)"


def main(arguments: list[str]) -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.audit", description=__doc__.splitlines()[0])
    parser.add_argument("--peer", required=True, metavar="PYTHON", help="an interpreter that has tree-sitter")
    parser.add_argument("--quick", action="store_true", help="fewer rounds: a look, not a result")
    parser.add_argument("--write", metavar="FOLDER", type=Path, help=f"write {STEM}.json and .md there")
    options = parser.parse_args(arguments)
    if options.write and options.quick:
        parser.error("--write is for a whole run: leave out --quick")
    try:
        found = measure(options.peer, QUICK if options.quick else FULL)
        if options.write:
            write(found, options.write)
    except (BenchmarkError, UngilError, OSError) as error:
        print(f"benchmarks.audit: {error}", file=sys.stderr)
        return 2
    print(page.render(found, STEM))
    _score()
    return 0 if all(target.met(found) for target in TARGETS) else 1


def measure(peer: str, rounds: int) -> Results:
    """A whole run."""
    load = os.getloadavg()[0]
    ordinary = releases.unpack_together("ordinary", results.ORDINARY)
    generated = releases.unpack(results.GENERATED, generated=True)
    large = releases.unpack(results.LARGE, generated=False)
    corpora = {
        "ordinary": _corpus(results.ORDINARY, ordinary),
        "generated": _corpus([results.GENERATED], generated),
        "large": _corpus([results.LARGE], large),
    }
    versions, measured = _measure(ordinary, generated, large, peer, rounds)
    return {
        "version": results.VERSION,
        "ungil": ungil.__version__,
        "python": interpreter(),
        "cpu": cpu_model(),
        "cpus": os.cpu_count() or 1,
        "system": system(),
        "load": round(load, 2),
        "peers": versions,
        "rounds": rounds,
        "corpora": corpora,
        "measured": measured,
    }


def write(found: Results, folder: Path) -> None:
    """The JSON, and the page that is rendered from it."""
    for suffix, text in ((".json", results.dump(found)), (".md", page.render(found, STEM))):
        (folder / f"{STEM}{suffix}").write_text(text, encoding="utf-8")


def _corpus(names: Sequence[str], folder: Path) -> Corpus:
    sources = source.read(str(folder), source.EVERYTHING).sources
    return {"releases": list(names), "files": len(sources), "lines": sum(one.data.count(b"\n") for one in sources)}


def _measure(ordinary: Path, generated: Path, large: Path, peer: str, rounds: int) -> tuple[dict[str, str], Measured]:
    with tempfile.TemporaryDirectory() as scratch:
        listed = Path(scratch, "sources.txt")
        sources = source.read(str(ordinary)).sources
        listed.write_text("\n".join(f"{one.language.value} {ordinary / one.path}" for one in sources), encoding="utf-8")
        parse: list[str | Path] = [peer, Path(__file__).with_name("peer.py"), listed]
        answer(parse)  # a peer that cannot run is found out before all else
        contenders: dict[str, Callable[[], list[Run]]] = {
            "first and again": partial(_twice, ordinary),
            "peer": lambda: [run(parse)],
        }
        pairs = take_turns(contenders, rounds)
        few = max(3, rounds // 3)
        bigger = take_turns(
            {"generated": partial(_audit, generated, "--generated"), "large": partial(_audit, large)}, few
        )
        parses = [answer(parse) for _ in range(few)]
    scan: list[str | Path] = [sys.executable, "-m", "benchmarks.audit.scanner", ordinary, "--rounds", str(rounds)]
    scanned = answer(scan)["seconds"]
    return parses[0]["versions"], {
        "audit": median([first.seconds for first, _ in pairs["first and again"]]),
        "audit_again": median([again.seconds for _, again in pairs["first and again"]]),
        "audit_generated": median([one.seconds for one in bigger["generated"]]),
        "audit_large": median([one.seconds for one in bigger["large"]]),
        "large_mebibytes": median([one.mebibytes for one in bigger["large"]]),
        "scan_one_thread": median([scanned["1"]]),
        "scan_two_threads": median([scanned["2"]]),
        "peer_process": median([one.seconds for (one,) in pairs["peer"]]),
        "peer_parse": median([one["seconds"] for one in parses]),
        "import_cli": median([_import("ungil.cli") for _ in range(rounds)]),
        "import_rules": median([_import("ungil.facts.native.read, ungil.rules") for _ in range(rounds)]),
        "rules": len(catalogue()),
    }


def _audit(folder: Path, *options: str, cache: str | None = None) -> Run:
    """One audit in a process of its own; without a cache of its own, with an empty one."""
    with tempfile.TemporaryDirectory() as empty:
        environment = {"XDG_CACHE_HOME": cache or empty}
        command: list[str | Path] = [UNGIL, "audit", folder, "--format", "json", *options]
        return run(command, environment, accept=1)


def _twice(folder: Path) -> list[Run]:
    with tempfile.TemporaryDirectory() as cache:
        return [_audit(folder, cache=cache), _audit(folder, cache=cache)]


def _import(modules: str) -> float:
    command = [sys.executable, "-I", "-c", TIME_IMPORT.format(modules)]
    return float(subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout)


def _score() -> None:
    script = os.environ.get("UNGIL_CORPUS_SCORE")
    if script:
        command = [sys.executable, script, "--audit", f"{UNGIL} audit --format sarif"]
        subprocess.run(command, check=False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
