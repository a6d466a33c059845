"""Times one operation on one and two threads, in two environments by turns."""

from __future__ import annotations

import itertools
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

__all__ = ["Bench", "Candidate", "Timed", "chosen", "measured", "timed"]

THREADS: Final = (1, 2)
VISITS: Final = 3
"""To each environment, by turns; more of them as long as others use the machine and there is time."""

ROUNDS: Final = 3
"""Of each visit."""

SECONDS: Final = 0.15
"""Of one round with one number of threads."""

QUIET: Final = 0.05
"""Of a round, spent waiting for a core, above which others have disturbed it: it does not count."""

DEAREST: Final = 0.02
"""Seconds of one call above which rounds would have too few of them."""

_DEADLINE: Final = 20.0

type Candidate = Mapping[str, Any]
type _Round = tuple[float, float]


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


@dataclass(frozen=True, slots=True)
class Timed:
    """What came of one environment.

    Attributes:
        points: by the number of threads; none if the operation does not run there.
        waited: the share of their time, from 0 to 1, that threads waited for a core which others had: 0 if enough
            rounds were not disturbed.
    """

    points: tuple[Point, ...]
    waited: float


def measured(candidate: Candidate, benches: Sequence[Bench], seconds: float) -> list[Timed]:
    """Time it in each environment, until there are enough rounds that others did not disturb.

    Args:
        candidate: what is timed.
        benches: where.
        seconds: after which the rounds have to do that there are by then.
    """
    end = time.monotonic() + seconds
    rounds: list[dict[int, list[_Round]]] = [{number: [] for number in THREADS} for _ in benches]
    for visit in itertools.count(1):
        for bench, own in zip(benches, rounds, strict=True):
            for number, some in bench.run(candidate, trial=False).get("rounds", {}).items():
                own[int(number)] += map(tuple, some)
        told = [timed(own) for own in rounds]
        if visit >= VISITS and (not any(one.waited for one in told) or time.monotonic() > end):
            break
    return told


def timed(rounds: Mapping[int, Sequence[_Round]]) -> Timed:
    """What follows from rounds by the number of threads, each with its rate and the share that was waited for a core.

    Of each number, those count that were not disturbed; all, where these are too few.
    """
    quiet = {number: [one for one in some if one[1] <= QUIET] for number, some in rounds.items()}
    enough = all(len(quiet[number]) >= min(ROUNDS, len(some)) for number, some in rounds.items())
    counted = quiet if enough else rounds
    waits = [waited for some in rounds.values() for _, waited in some]
    points = tuple(_point(number, [rate for rate, _ in some]) for number, some in counted.items() if some)
    return Timed(points, 0.0 if enough else statistics.fmean(waits))


def _point(threads: int, rates: Sequence[float]) -> Point:
    return Point(threads, statistics.median(rates), min(rates), max(rates))
