"""`ungil._scan` alone, in a process of its own: prints the seconds of one scan for each number of threads, as JSON.

    python -m benchmarks.audit.scanner FOLDER [--generated] [--rounds N]

The sources are in memory before the clock starts.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time

from ungil import _scan, source
from ungil.source import Language

LEAST_SECONDS = 0.05  # of one sample: a small tree is scanned several times over
THREADS = (1, 2)


def main(arguments: list[str]) -> None:
    """Prints the medians."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.audit.scanner")
    parser.add_argument("folder")
    parser.add_argument("--generated", action="store_true")
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args(arguments)
    sources = source.read(options.folder, source.Wanted(generated=options.generated)).sources
    batch = [(one.path, one.data, one.language is Language.CXX) for one in sources]
    repeats = max(1, round(LEAST_SECONDS / seconds(batch, 1, 1)))
    samples: dict[int, list[float]] = {threads: [] for threads in THREADS}
    for _ in range(options.rounds):  # they take turns: a slow moment of the machine meets both
        for threads in THREADS:
            samples[threads].append(seconds(batch, threads, repeats))
    medians = {str(threads): statistics.median(samples[threads]) for threads in THREADS}
    print(json.dumps({"lines": sum(data.count(b"\n") for _, data, _ in batch), "seconds": medians}))


def seconds(batch: list[tuple[str, bytes, bool]], threads: int, repeats: int) -> float:
    """How long one scan takes."""
    start = time.perf_counter()
    for _ in range(repeats):
        _scan.scan(batch, threads)
    return (time.perf_counter() - start) / repeats


if __name__ == "__main__":
    main(sys.argv[1:])
