"""How fast the C front-end reads, on one thread and on two, side by side in one run.

    python benchmarks/scan.py FOLDER...

Prints medians of lines per second and their ratio. The sources are in memory before the clock starts: this measures
`ungil._scan` alone.
"""

from __future__ import annotations

import statistics
import sys
import time

from ungil import _scan, source

ROUNDS = 9
MIN_SECONDS = 0.05  # of one sample; a small tree is read several times over


def main(folders: list[str]) -> None:
    """Measures the trees together."""
    batch = [
        (one.path, one.data, one.language is source.Language.CXX)
        for folder in folders
        for one in source.read(folder, source.EVERYTHING).sources
    ]
    lines = sum(data.count(b"\n") for _, data, _ in batch)
    repeats = max(1, round(MIN_SECONDS / seconds(batch, 1)))
    samples: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(ROUNDS):  # interleaved, so that a slow moment of the machine meets both
        for threads, taken in samples.items():
            taken.append(lines * repeats / sum(seconds(batch, threads) for _ in range(repeats)))
    one, two = (statistics.median(samples[threads]) for threads in (1, 2))
    print(f"{len(batch)} files, {lines:,} lines, {ROUNDS} rounds")
    print(f"1 thread   {one:>12,.0f} lines/s")
    print(f"2 threads  {two:>12,.0f} lines/s   x{two / one:.2f}")


def seconds(batch: list[tuple[str, bytes, bool]], threads: int) -> float:
    """How long one scan takes."""
    start = time.perf_counter()
    _scan.scan(batch, threads)
    return time.perf_counter() - start


if __name__ == "__main__":
    main(sys.argv[1:] or sys.exit(__doc__))
