"""All cases, interleaved: a slow moment of the machine meets every one of them."""

from __future__ import annotations

import contextlib
import gc
import math
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial

from benchmarks.sync.case import BenchmarkError, Case, Loop, Sharing, make_loop, set_up
from benchmarks.sync.sample import FEWEST, Measure, Sample, counted, summarise
from benchmarks.sync.threads import Pair
from benchmarks.sync.workload import random_order

SAMPLE = 1.5e6  # nanoseconds: shorter than the slice of time for which a system leaves a thread alone
RETRIES = 20
PLACES = 5  # how often all objects are made anew: where their pages come to lie in the caches is luck
EMPTY = Case("empty loop", "empty loop", Sharing.DISTINCT, "", ("pass",))
EMPTY_KEYED = Case("empty loop", "empty keyed loop", Sharing.DISTINCT, "", ("pass",), keyed=True)

type Measures = dict[str, dict[int, Measure]]


@dataclass(frozen=True)
class Effort:
    """How long to measure: samples of each case, and the seconds in which to get them."""

    samples: int
    seconds: float

    def part(self, number: int) -> Effort:
        """The samples that there should be after so many of PLACES parts, and the seconds for one of them."""
        return Effort(math.ceil(self.samples * number / PLACES), self.seconds / PLACES)


@dataclass
class Run:
    """A case on one number of threads, and its samples so far."""

    case: Case
    loops: list[Loop]
    times: int = 1
    samples: list[Sample] = field(default_factory=list)

    @property
    def threads(self) -> int:
        """How many of them run it."""
        return len(self.loops)

    @property
    def counted(self) -> list[float]:
        """Nanoseconds of the samples that count."""
        return counted(self.samples, blocking=self.case.blocking)

    def sample(self, pair: Pair) -> Sample:
        """Run the loops once."""
        what = f"{self.case.name} on {self.threads} thread{'s' if self.threads > 1 else ''}"
        windows = pair.time([loop.run for loop in self.loops], self.times, what)
        return Sample(windows, self.times * self.loops[0].operations)

    def take(self, pair: Pair) -> None:
        """One more sample. Its length corrects a calibration that was disturbed."""
        sample = self.sample(pair)
        self.samples.append(sample)
        if sample.span < SAMPLE / 2:
            self.times *= 2
        elif sample.span > 4 * SAMPLE and not sample.preempted:
            self.times = max(1, self.times // 2)

    def calibrate(self, pair: Pair) -> None:
        """Find out how many times make a sample; this also lets the interpreter specialise the loop."""
        while (took := self._nanoseconds(pair)) < SAMPLE / 4:
            self.times *= 4
        self.times = max(1, math.ceil(self.times * SAMPLE / took))

    def _nanoseconds(self, pair: Pair) -> int:
        """One run's time, without what other programs took: too small a sample would be disturbed every time."""
        samples: list[Sample] = []
        while len(samples) < RETRIES and all(sample.preempted for sample in samples):
            samples.append(self.sample(pair))
        return min(sample.span for sample in samples)


def prepare(case: Case, pair: Pair, orders: list[list[tuple[str, ...]]]) -> list[Run]:
    """A run for each number of threads. Objects that are not shared are made by the thread that uses them."""
    shared = None if case.sharing is Sharing.DISTINCT else set_up(case)
    loops = [
        pair.call(index, partial(make_loop, case, shared, index, orders[index]), case.name)
        for index in range(max(case.threads))
    ]
    return [Run(case, loops[:threads]) for threads in case.threads]


def measure(cases: Iterable[Case], pair: Pair, effort: Effort, say: Callable[[str], None]) -> Measures:
    """Medians of every case on one thread and on two, by the case's name.

    Raises:
        BenchmarkError: a case failed, got stuck, or was disturbed too often.
    """
    orders = [pair.call(index, partial(random_order, index), "the keys' order") for index in (0, 1)]
    cases = (EMPTY, EMPTY_KEYED, *cases)
    runs = [run for case in cases for run in prepare(case, pair, orders)]
    with quiet_collector():
        for run in runs:
            run.calibrate(pair)
        rounds = _rounds(runs, pair, effort.part(1))
        for part in range(2, PLACES + 1):
            for run, fresh in zip(runs, (run for case in cases for run in prepare(case, pair, orders)), strict=True):
                run.loops = fresh.loops
            rounds += _rounds(runs, pair, effort.part(part))
    say(f"{len(runs)} measurements, {rounds} rounds")
    return summaries(runs)


def _rounds(runs: list[Run], pair: Pair, effort: Effort) -> int:
    """Sample every run in turn until all have enough, or time is up. How many rounds that took.

    As much time again is given to those that were disturbed so often that they have no quartiles yet.
    """
    start, rounds = time.monotonic(), 0
    while (spent := time.monotonic() - start) < 2 * effort.seconds:
        wanted = effort.samples if spent < effort.seconds else FEWEST
        left = [run for run in runs if len(run.counted) < wanted]
        if not left:
            break
        for run in left:
            run.take(pair)
        rounds += 1
    return rounds


def summaries(runs: Iterable[Run]) -> Measures:
    """The samples in numbers, the empty loop of the same shape and number of threads subtracted.

    Raises:
        BenchmarkError: a run has too few samples that count.
    """
    runs = list(runs)
    empty = {(run.case.keyed, run.threads): run for run in runs if run.case in (EMPTY, EMPTY_KEYED)}
    nothing = {shape: _summary(run, 0.0).median for shape, run in empty.items()}
    found: Measures = {}
    for run in runs:
        if run.case not in (EMPTY, EMPTY_KEYED):
            summary = _summary(run, nothing[run.case.keyed, run.threads] / run.case.count)
            found.setdefault(run.case.name, {})[run.threads] = summary
    return found


def _summary(run: Run, empty: float) -> Measure:
    nanoseconds = run.counted
    if len(nanoseconds) < FEWEST:
        raise BenchmarkError(
            f"{run.case.name}: only {len(nanoseconds)} of {len(run.samples)} samples on {run.threads} thread(s) were "
            f"not disturbed by other programs: run the benchmark when the machine is quiet"
        )
    return summarise(nanoseconds, dropped=len(run.samples) - len(nanoseconds), empty=empty)


@contextlib.contextmanager
def quiet_collector() -> Iterator[None]:
    """No garbage collection, which stops every thread, in the middle of a sample."""
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()
