"""Ratios to reach: known to be reachable from prototypes, on the same machine, in one run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from benchmarks.sync.case import Sharing
from benchmarks.sync.measure import Measures
from benchmarks.sync.sample import scaling

DISTINCT, SHARED, GLOBAL, ATTRIBUTE = Sharing.DISTINCT, Sharing.SHARED, Sharing.GLOBAL, Sharing.ATTRIBUTE


@dataclass(frozen=True)
class Target:
    """A number that a run must yield, at least or at most; `value` may need cases by name."""

    says: str
    bound: float
    at_least: bool
    value: Callable[[Measures], float]
    limit: str = ""  # what is known to stand between the number and the bound

    def missed_by(self, measured: float) -> float:
        """The part of the bound that is missing; 0 where the target is met."""
        return missed_by(measured, self.bound, at_least=self.at_least)


def missed_by(measured: float, bound: float, *, at_least: bool) -> float:
    """By which part of the bound a number misses it; 0 where it does not."""
    return max(0.0, bound - measured if at_least else measured - bound) / bound


@dataclass(frozen=True)
class Operation:
    """Readings of the cases of one operation, in one way of sharing, on one number of threads."""

    name: str
    sharing: Sharing
    threads: int

    def nanoseconds(self, measures: Measures, contender: str) -> float:
        """The median of one of them."""
        return measures[f"{self.name} / {contender} / {self.sharing}"][self.threads].median

    def faster(self, ours: str, theirs: str, bound: float, limit: str = "") -> Target:
        """Theirs takes at least `bound` times as long as ours."""
        return Target(
            self._says(f"{ours} faster than {theirs}"),
            bound,
            at_least=True,
            value=lambda measures: self.nanoseconds(measures, theirs) / self.nanoseconds(measures, ours),
            limit=limit,
        )

    def costs(self, ours: str, theirs: str, bound: float, limit: str = "") -> Target:
        """Ours takes at most `bound` times as long as theirs."""
        return Target(
            self._says(f"{ours} in terms of {theirs}"),
            bound,
            at_least=False,
            value=lambda measures: self.nanoseconds(measures, ours) / self.nanoseconds(measures, theirs),
            limit=limit,
        )

    def _says(self, what: str) -> str:
        return f"{self.name}, {self.sharing}, {self.threads} thread{'s' if self.threads > 1 else ''}: {what}"


def scales(operation: str, contender: str, sharing: Sharing, bound: float) -> Target:
    """Two threads do at least `bound` times what one does."""
    name = f"{operation} / {contender} / {sharing}"
    return Target(
        f"{operation}, {sharing}: {contender} on two threads over one",
        bound,
        at_least=True,
        value=lambda measures: scaling(measures[name][1].median, measures[name][2].median),
    )


INTEGER, REFERENCE, SHARDED = "ungil AtomicInteger", "ungil AtomicReference", "ungil ShardedCounter"
DICT, CACHE, QUEUE = "ungil ConcurrentDict", "ungil ConcurrentCache, get_or_compute", "ungil BoundedQueue"
INT64, REF, ATOMIC_DICT = "cereggii AtomicInt64", "cereggii AtomicRef", "cereggii AtomicDict"
MIXED, EVEN = "look up 95 %, assign 5 %", "look up 50 %, assign 50 %"

TRANSFER = (
    "a C method with nothing but this fetch_add, which returns the int as well, takes as long: it is listed beside it. "
    "What is more than the loop is the call and the int"
)
LINE = "what deferring saves is the reference count; the line with the value still changes hands for each step"
CHECK = "the comparison that tells a value near the end of 64 bits"
CACHES = (
    "not explained in full. With the machine to itself and few other cases in the run it is met; ten thousand keys and "
    "their table just fill a cache of one megabyte, and a run of everything leaves the table less of it"
)

COUNTERS = (
    Operation("increment", DISTINCT, 1).costs(INTEGER, "C method with a fetch_add", 1.15),
    Operation("increment", DISTINCT, 1).faster(INTEGER, INT64, 2.0),
    Operation("increment", SHARED, 2).faster(INTEGER, INT64, 1.8),
    Operation("increment", SHARED, 2).costs(INTEGER, "C fetch_add in a loop", 1.7, TRANSFER),
    Operation("add 1", DISTINCT, 1).faster(INTEGER, INT64, 2.5),
    Operation("+= 1", DISTINCT, 1).faster(INTEGER, INT64, 1.3),
    Operation("get an int", DISTINCT, 1).costs(INTEGER, INT64, 1.1, CHECK),
    Operation("compare and set an int", DISTINCT, 1).faster(INTEGER, INT64, 2.5),
    Operation("increment in a shared place", GLOBAL, 2).faster(f"{INTEGER}, deferred", INT64, 4.0, LINE),
    Operation("increment in a shared place", ATTRIBUTE, 2).faster(f"{INTEGER}, deferred", INT64, 4.0, LINE),
    Operation("increment in a shared place", GLOBAL, 2).faster(f"{INTEGER}, deferred", INTEGER, 3.0, LINE),
    Operation("count", DISTINCT, 1).faster(SHARDED, INT64, 3.0),
    Operation("count", DISTINCT, 1).costs(SHARDED, INTEGER, 1.2),
    Operation("count", SHARED, 2).faster(SHARDED, INTEGER, 2.2),
    scales("count", SHARDED, SHARED, 1.9),
)
REFERENCES = (
    Operation("get None", DISTINCT, 1).costs(REFERENCE, REF, 1.25),
    Operation("set None", DISTINCT, 1).faster(REFERENCE, REF, 1.0),
    Operation("compare and set None", DISTINCT, 1).faster(REFERENCE, REF, 2.0),
)
MAPPINGS = (
    Operation("look up", SHARED, 1).costs(DICT, "dict", 1.2, CACHES),
    Operation("look up", SHARED, 1).faster(DICT, ATOMIC_DICT, 1.4),
    Operation("get with a default", SHARED, 1).faster(DICT, ATOMIC_DICT, 1.9),
    Operation(MIXED, SHARED, 2).faster(DICT, "dict", 1.15, CACHES),
    Operation(MIXED, SHARED, 2).faster(DICT, ATOMIC_DICT, 1.35),
    Operation(EVEN, SHARED, 2).faster(DICT, "dict", 1.5, CACHES),
    Operation(EVEN, SHARED, 2).faster(DICT, ATOMIC_DICT, 1.4),
    scales(EVEN, DICT, SHARED, 1.6),
    Operation("cache hit", SHARED, 2).faster(CACHE, "lru_cache(20000)", 3.0),
)
OTHERS = (
    Operation("one puts, one gets", SHARED, 2).faster(QUEUE, "queue.SimpleQueue", 2.5),
    Operation("put and get", SHARED, 2).faster(QUEUE, "queue.SimpleQueue", 1.1),
    Operation("put and get", SHARED, 2).faster(QUEUE, "collections.deque", 0.8),
    Operation("put and get", DISTINCT, 1).faster(QUEUE, "queue.Queue", 15.0),
    Operation("push a value", DISTINCT, 1).costs("ungil RunningStatistics", f"{INTEGER}.add", 2.0),
    scales("push a value", "ungil RunningStatistics", SHARED, 0.9),
)
TARGETS: tuple[Target, ...] = (*COUNTERS, *REFERENCES, *MAPPINGS, *OTHERS)
IMPORT_MILLISECONDS = 10.0


def values(measures: Measures, targets: tuple[Target, ...] = TARGETS) -> Mapping[Target, float]:
    """What each target's number came out as."""
    return {target: target.value(measures) for target in targets}
