"""How often a ConcurrentCache hits where an LRU of the same size would: the same lookups by one thread, in per cent."""

from __future__ import annotations

import itertools
import random
from collections import OrderedDict
from collections.abc import Iterable

from ungil import ConcurrentCache

KEYS, LOOKUPS = 20_000, 200_000


def lru_hits(trace: Iterable[int], maxsize: int) -> float:
    """Of an exact LRU."""
    entries: OrderedDict[int, None] = OrderedDict()
    hits = lookups = 0
    for key in trace:
        lookups += 1
        if key in entries:
            hits += 1
            entries.move_to_end(key)
            continue
        entries[key] = None
        if len(entries) > maxsize:
            entries.popitem(last=False)
    return 100 * hits / lookups


def cache_hits(trace: Iterable[int], maxsize: int) -> float:
    """Of a ConcurrentCache."""
    cache: ConcurrentCache[int, int] = ConcurrentCache(maxsize)
    for key in trace:
        cache.get_or_compute(key, abs)
    statistics = cache.statistics()
    return 100 * statistics.hits / (statistics.hits + statistics.misses)


def zipf(exponent: float, lookups: int, choose: random.Random) -> list[int]:
    """Keys of which the n-th is asked for in proportion to n to the power of -exponent."""
    return choose.choices(range(KEYS), weights=[(n + 1) ** -exponent for n in range(KEYS)], k=lookups)


def traces(choose: random.Random) -> Iterable[tuple[str, list[int], int]]:
    """Names, lookups and sizes of the cache."""
    for exponent, maxsize in itertools.product((0.6, 0.8, 1.0, 1.2), (200, 1_000, 5_000)):
        yield f"Zipf {exponent}", zipf(exponent, LOOKUPS, choose), maxsize
    scans = (range(KEYS + start, KEYS + start + 500) for start in range(0, 50_000, 500))
    mixed = [key for scan in scans for key in (*zipf(1.0, 1_000, choose), *scan)]
    yield "Zipf 1.0 and scans", mixed, 1_000
    yield "a loop a tenth too long", [*range(1_100)] * 100, 1_000


def main() -> None:
    """Print the table."""
    print(f"{'lookups':24}{'maxsize':>9}{'LRU':>9}{'CLOCK':>9}{'gained':>9}")
    for name, trace, maxsize in traces(random.Random(1)):  # noqa: S311 - no secret
        exact, ours = lru_hits(trace, maxsize), cache_hits(trace, maxsize)
        print(f"{name:24}{maxsize:9}{exact:9.1f}{ours:9.1f}{ours - exact:+9.1f}")


if __name__ == "__main__":
    main()
