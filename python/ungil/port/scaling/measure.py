"""Times one operation on one and two threads, in two environments by turns."""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ungil.port.driving.there import last_json
from ungil.port.evidence import Point
from ungil.port.scaling import rounds
from ungil.workshop import Workshop

__all__ = ["Bench", "Candidate", "chosen", "measured"]

THREADS: Final = (1, 2)
VISITS: Final = 3
"""To each environment, by turns."""

ROUNDS: Final = 3
"""Of each visit."""

SECONDS: Final = 0.15
"""Of one round with one number of threads."""

DEAREST: Final = 0.02
"""Seconds of one call above which rounds would have too few of them."""

_DEADLINE: Final = 20.0

type Candidate = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Bench:
    """An environment with the extension in it, and what it is run with."""

    shop: Workshop
    environment: Mapping[str, str]

    def run(self, candidate: Candidate, *, trial: bool) -> dict[str, Any]:
        """What the timing says; empty where it crashes, hangs or raises."""
        asked = {name: candidate[name] for name in ("imports", "data", "make", "call")}
        asked |= {"trial": trial, "threads": THREADS, "rounds": ROUNDS, "seconds": SECONDS}
        with tempfile.TemporaryDirectory(prefix="ungil-scaling-") as scratch:
            file = Path(scratch, "asked.json")
            file.write_text(json.dumps(asked), encoding="utf-8")
            arguments = ("-P", Path(rounds.__file__), file)
            done = self.shop.run(*arguments, deadline=_DEADLINE, cwd=Path(scratch), environment=self.environment)
        read = last_json(done.output) if done.well else None
        return read if isinstance(read, dict) else {}


def chosen(candidates: Iterable[Candidate], bench: Bench, seconds: float) -> Candidate | None:
    """The operation of which one call takes longest, among those that can be made again and again; None if none can.

    Args:
        candidates: those that are tried first come first.
        bench: where.
        seconds: after which no further one is tried, if one can be made.
    """
    end = time.monotonic() + seconds
    costs: list[tuple[float, int, Candidate]] = []
    for number, one in enumerate(candidates):
        if time.monotonic() > end and any(0 < cost < DEAREST for cost, _, _ in costs):
            break
        costs.append((bench.run(one, trial=True).get("cost", 0.0), number, one))
    fitting = [(cost, number, one) for cost, number, one in costs if 0 < cost < DEAREST]
    return max(fitting, key=lambda each: (each[0], -each[1]))[2] if fitting else None


def measured(candidate: Candidate, benches: Sequence[Bench]) -> list[tuple[Point, ...]]:
    """The points of each environment; none of one in which it does not run."""
    rates: list[dict[int, list[float]]] = [{number: [] for number in THREADS} for _ in benches]
    for _ in range(VISITS):
        for bench, own in zip(benches, rates, strict=True):
            for number, some in bench.run(candidate, trial=False).get("rates", {}).items():
                own[int(number)] += some
    return [tuple(_point(number, own[number]) for number in THREADS if own[number]) for own in rates]


def _point(threads: int, rates: Sequence[float]) -> Point:
    return Point(threads, statistics.median(rates), min(rates), max(rates))
