"""Every member of every public type must scale: on objects of their own, two threads must do 1.9 times what one does.

What does not is named. A member that uses a lock, a cache line or a reference count that objects have in common shows
here and nowhere else: `property` objects on 3.14t did, and so does a type that counts references to itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import quantiles

from benchmarks.sync.case import BenchmarkError, Case, Sharing
from benchmarks.sync.measure import Run, prepare, quiet_collector
from benchmarks.sync.sample import FEWEST, scaling
from benchmarks.sync.threads import Pair

LEAST = 1.9
PATIENCE = 4  # times as many samples as are wanted may be taken to get them
FLOOR = "from benchmarks.sync.floor import floor_type; o = floor_type()()"
CONTROL = Case("a C method", "that does nothing", Sharing.DISTINCT, FLOOR, ("o.nothing()",), blocking=True)


def measure_members(cases: Iterable[Case], pair: Pair, *, samples: int, attempts: int) -> dict[str, float]:
    """How each case scales, by "Type.member": the best of a few attempts, since other programs only ever slow it down.

    Raises:
        BenchmarkError: not even a method that does nothing scaled, so that nothing can be said of the others.
    """
    control = _both(CONTROL, pair)
    pending = {member_name(case): _both(case, pair) for case in cases}
    best = dict.fromkeys(pending, 0.0)
    sound = False
    with quiet_collector():
        for _ in range(attempts):
            quiet, *ratios = _attempt([control, *pending.values()], pair, samples)
            if quiet < LEAST:
                continue
            sound = True
            best |= {name: max(best[name], ratio) for name, ratio in zip(pending, ratios, strict=True)}
            pending = {name: runs for name, runs in pending.items() if best[name] < LEAST}
    if not sound:
        raise BenchmarkError(
            f"not even a C method that does nothing scaled by {LEAST} on two threads in {attempts} attempts: run the "
            f"benchmark when the machine is quiet"
        )
    return best


def member_name(case: Case) -> str:
    """A member as it is reported."""
    return f"{case.operation}.{case.contender}"


def _both(case: Case, pair: Pair) -> list[Run]:
    """The case on one thread and on two."""
    runs = prepare(case, pair, [[], []])
    for run in runs:
        run.calibrate(pair)
    return runs


def _attempt(pending: Sequence[list[Run]], pair: Pair, samples: int) -> list[float]:
    """Sample everything in turn, and compare.

    A sample is dropped where another program took a thread's CPU, not where a thread was off it: one that waits for the
    other must be seen. The lower quartile is compared, which is what the machine does when it is left alone. The loop
    counts as well: half a nanosecond that scales.
    """
    for runs in pending:
        for run in runs:
            run.samples.clear()
    for _ in range(PATIENCE * samples):
        left = [run for runs in pending for run in runs if len(run.counted) < samples]
        if not left:
            break
        for run in left:
            run.take(pair)
    return [scaling(*(_lower_quartile(run) for run in runs)) for runs in pending]


def _lower_quartile(run: Run) -> float:
    """Of all samples where too few were left in peace."""
    counted = run.counted
    nanoseconds = counted if len(counted) >= FEWEST else [sample.nanoseconds for sample in run.samples]
    return quantiles(nanoseconds, n=4, method="inclusive")[0]
