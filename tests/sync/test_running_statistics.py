"""RunningStatistics: what each method does, that threads cannot come between, and that copies are what was copied."""

import copy
import fractions
import itertools
import math
import pickle
import random
import statistics
import sys
import weakref
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any, Self

import pytest
from tests.concurrency import until_caught
from tests.sync import statistics_stress
from tests.sync.builds import needs_parallel_threads, run_child

from ungil import RunningStatistics

INF = math.inf
NAN = math.nan

Stress = Callable[[statistics_stress.Make], None]


@pytest.mark.parametrize("stress", [stress for stress, _ in statistics_stress.ALL])
def test_holds_under_threads(stress: Stress) -> None:
    """What the stress function asserts holds for RunningStatistics."""
    stress(RunningStatistics)


@needs_parallel_threads
@pytest.mark.parametrize(("stress", "twin"), statistics_stress.ALL)
def test_stress_catches_the_twin(stress: Stress, twin: str, racy_statistics: ModuleType) -> None:
    """The same stress function fails on the twin that has the hazard in it."""
    until_caught(lambda: stress(getattr(racy_statistics, twin)))


def of(*values: float) -> RunningStatistics:
    """The statistics of some values, pushed one by one."""
    made = RunningStatistics()
    for value in values:
        made.push(value)
    return made


def numbers(seen: RunningStatistics) -> tuple[int, float, float, float, float]:
    """All that it says, read one after the other."""
    return seen.count, seen.mean, seen.variance, seen.minimum, seen.maximum


def written(seen: RunningStatistics) -> str:
    """All that it says, so that a nan equals itself."""
    return repr(numbers(seen))


def test_properties_say_what_was_pushed() -> None:
    """Count, mean, sample variance, minimum and maximum are those of the values, of whatever real type."""
    seen = of(2, 4.5, True)  # noqa: FBT003 - a bool is a number
    seen.push(fractions.Fraction(1, 2))
    assert numbers(seen) == (4, 2.0, statistics.variance([2, 4.5, 1, 0.5]), 0.5, 4.5)
    assert seen.push(0) is None  # type: ignore[func-returns-value]


def test_too_few_values_are_nan() -> None:
    """Without values every property but the count is nan; with one only the variance is."""
    assert written(RunningStatistics()) == "(0, nan, nan, nan, nan)"
    assert written(of(3)) == "(1, 3.0, nan, 3.0, 3.0)"


@pytest.mark.parametrize("offset", [0.0, 1e9, -1e12])
def test_agrees_with_the_statistics_module(offset: float) -> None:
    """Mean and variance are near those of exact arithmetic, also where the mean is huge beside the spread."""
    seed = random.SystemRandom().randrange(2**32)
    chooser = random.Random(seed)  # noqa: S311 - no secret
    values = [offset + chooser.gauss(0, 1) for _ in range(2_000)]
    for seen in (of(*values), *merged_in_parts(values, chooser)):
        # What the last digit of a value of this size is worth, which each of 2000 steps may lose.
        digit = math.ulp(abs(offset) + 4)
        assert math.isclose(seen.mean, statistics.fmean(values), abs_tol=50 * digit), seed
        assert math.isclose(seen.variance, statistics.variance(values), rel_tol=1e-9, abs_tol=50 * digit), seed
        assert (seen.count, seen.minimum, seen.maximum) == (len(values), min(values), max(values)), seed


def merged_in_parts(values: list[float], chooser: random.Random) -> Iterator[RunningStatistics]:
    """The statistics of the values in other ways: pushed as one, merged from parts of any size, and in a tree."""
    at_once = RunningStatistics()
    at_once.push_many(iter(values))
    yield at_once
    cuts = sorted(chooser.choices(range(len(values)), k=20))
    parts = [of(*values[start:end]) for start, end in itertools.pairwise([0, *cuts, len(values)])]
    chooser.shuffle(parts)
    one_by_one = RunningStatistics()
    for part in parts:
        one_by_one.merge(part)
    yield one_by_one
    while len(parts) > 1:
        parts[0].merge(parts.pop())
        parts = parts[1:] + parts[:1]
    yield parts[0]


def test_merge_takes_both_sides_as_they_are() -> None:
    """merge() adds the other's values, leaves the other alone and may be called by name; an empty one adds nothing."""
    one, two = of(1, 2), of(3, 8)
    one.merge(other=two)
    assert numbers(one) == (4, 3.5, statistics.variance([1, 2, 3, 8]), 1.0, 8.0)
    assert numbers(two) == numbers(of(3, 8))
    one.merge(RunningStatistics())
    assert one.count == 4
    empty = RunningStatistics()
    empty.merge(two)
    assert numbers(empty) == numbers(two)


def test_merging_with_itself_counts_everything_twice() -> None:
    """After a.merge(a) every value is there twice."""
    seen = of(1, 2, 6)
    seen.merge(seen)
    assert numbers(seen) == (6, 3.0, statistics.variance([1, 2, 6] * 2), 1.0, 6.0)


def test_one_value_among_very_many_does_not_move_the_mean() -> None:
    """The mean of 2**60 values is what it was, to the last digit, after one that is far away; in either order."""
    for large_first in (True, False):
        many = of(0.1, 0.1)
        for _ in range(59):
            many.merge(many)
        one, other = (many, of(1e16)) if large_first else (of(1e16), many)
        one.merge(other)
        assert (one.count, one.maximum) == (2**60 + 1, 1e16)
        assert math.isclose(one.mean, 0.1 + 1e16 / 2**60, rel_tol=1e-12)


def test_a_count_beyond_64_bits_is_refused() -> None:
    """Where the count would not fit, push(), push_many() and merge() raise OverflowError and change nothing."""
    full = RunningStatistics._restore(2**63 - 1, 1.0, 0.0, 1.0, 1.0)  # noqa: SLF001 - no other way to get there
    before = numbers(full)
    attempts: list[Callable[[], object]] = [
        lambda: full.push(1),
        lambda: full.push_many([1, 2]),
        lambda: full.merge(full),
        lambda: full.merge(of(1)),
    ]
    for attempt in attempts:
        with pytest.raises(OverflowError, match="unchanged"):
            attempt()
    assert numbers(full) == before
    full.push_many([])


SPECIAL = {
    (1.0, INF): "(2, inf, nan, 1.0, inf)",
    (1.0, -INF, 2.0): "(3, -inf, nan, -inf, 2.0)",
    (INF, INF): "(2, inf, nan, inf, inf)",
    (1.0, INF, -INF): "(3, nan, nan, -inf, inf)",
    (NAN, 1.0, 2.0): "(3, nan, nan, nan, nan)",
    (NAN, INF, -1.0): "(3, nan, nan, nan, nan)",
    (1e308, -1e308): "(2, 0.0, inf, -1e+308, 1e+308)",
    (1.5e308, -1.5e308, 1e-5): None,
}


@pytest.mark.parametrize("values", SPECIAL)
def test_special_values_show_in_any_order(values: tuple[float, ...]) -> None:
    """An infinity or a nan counts, and what it makes of the other properties depends on no order and no grouping."""
    for order in itertools.permutations(values):
        one_by_one, first, last = of(*order), of(order[0]), of(*order[1:])
        first.merge(last)
        for seen in (one_by_one, first):
            assert SPECIAL[values] in (None, written(seen)), order
            assert numbers(pickle.loads(pickle.dumps(seen)))[0] == len(values)  # noqa: S301 - its own


def test_mean_stays_between_the_ends() -> None:
    """Whatever is pushed and merged in whatever order, the mean is within the values and the variance not negative."""
    seed = random.SystemRandom().randrange(2**32)
    chooser = random.Random(seed)  # noqa: S311 - no secret
    sizes = (0.0, 5e-324, 1e-160, 0.1, 1.0, 1 + 2**-52, 1e16, 1e155, 1.7e308)
    for _ in range(300):
        all_of_them = [RunningStatistics() for _ in range(3)]
        for _ in range(30):
            one, two = chooser.choices(all_of_them, k=2)
            one.push(chooser.choice(sizes) * chooser.choice((1, -1)))
            if chooser.random() < 0.3:
                one.merge(two)
            assert one.minimum <= one.mean <= one.maximum, (seed, one)
            assert one.count == 1 or one.variance >= 0, (seed, one)
            assert written(pickle.loads(pickle.dumps(one))) == written(one), seed  # noqa: S301 - its own


@pytest.mark.parametrize("wrong", ["1", None, b"1", 1j, [1.0]])
def test_refuses_what_is_not_a_number(wrong: Any) -> None:  # noqa: ANN401 - no one type is meant
    """A value that is no real number is a TypeError and changes nothing; so is merging with anything else."""
    seen = of(1, 2)
    with pytest.raises(TypeError, match="must be real number"):
        seen.push(wrong)
    with pytest.raises(TypeError, match="must be real number"):
        seen.push_many([3, wrong, 4])
    with pytest.raises(TypeError, match="merge"):
        seen.merge(wrong)
    assert numbers(seen) == numbers(of(1, 2))


def test_refuses_wrong_arguments() -> None:
    """Arguments that no method has are a TypeError, and an int too large for a float an OverflowError."""
    seen: Any = RunningStatistics()
    with pytest.raises(TypeError, match="not iterable"):
        seen.push_many(3)
    with pytest.raises(OverflowError, match="too large"):
        seen.push(10**400)
    calls: list[Callable[[], object]] = [
        lambda: RunningStatistics(1),  # type: ignore[call-arg]
        seen.push,
        lambda: seen.push(1, 2),
        lambda: seen.push(value=1),
        seen.merge,
        lambda: seen.copy(1),
    ]
    for call in calls:
        with pytest.raises(TypeError):
            call()
    with pytest.raises(AttributeError):
        seen.mean = 1
    assert seen.count == 0


class _Number:
    """A value whose conversion does something else first."""

    def __init__(self, first: Callable[[], object]) -> None:
        self.first = first

    def __float__(self) -> float:
        self.first()
        return 10.0


def test_converting_a_value_may_use_the_object() -> None:
    """A __float__ that pushes into the same object is no deadlock: both values count; one that raises adds nothing."""
    seen = RunningStatistics()
    seen.push(_Number(lambda: seen.push(1)))
    assert numbers(seen)[:2] == (2, 5.5)
    with pytest.raises(ZeroDivisionError):
        seen.push(_Number(lambda: 1 // 0))
    assert seen.count == 2


def test_an_iterable_may_use_the_object() -> None:
    """What an iterator pushes itself counts at once; its own values only when it has ended."""
    seen = RunningStatistics()

    def values() -> Iterator[float]:
        yield 1
        seen.push(2)
        seen.push_many([3, 4])
        assert seen.count == 3
        yield 5

    seen.push_many(values())
    assert numbers(seen) == numbers(of(1, 2, 3, 4, 5))


def test_an_iterable_that_raises_adds_nothing() -> None:
    """Where the iterator raises, its exception comes out of push_many() and none of its values counts."""
    seen = of(7)

    def values() -> Iterator[float]:
        yield 1
        raise LookupError

    with pytest.raises(LookupError):
        seen.push_many(values())
    assert numbers(seen)[:2] == (1, 7.0)


def test_new_without_init_is_empty_and_init_empties() -> None:
    """An object that __init__ never saw is usable; calling __init__ again forgets all values."""
    seen = RunningStatistics.__new__(RunningStatistics)
    assert written(seen) == written(RunningStatistics())
    seen.push(1)
    seen.__init__()  # type: ignore[misc]
    assert written(seen) == written(RunningStatistics())


class Latency(RunningStatistics):
    """A subclass with an attribute and an __init__ of its own."""

    def __init__(self, of: str) -> None:
        super().__init__()
        self.of = of


class Slotted(Latency):
    """A subclass with a slot."""

    __slots__ = ("unit",)
    unit: str


def test_repr_names_the_type_and_all_numbers() -> None:
    """repr() is one snapshot under the name of self's own type."""
    assert repr(of(1, 2)) == "RunningStatistics(count=2, mean=1.5, variance=0.5, minimum=1.0, maximum=2.0)"
    assert repr(Latency("get")) == "Latency(count=0, mean=nan, variance=nan, minimum=nan, maximum=nan)"


def test_compares_by_identity() -> None:
    """Two objects are never equal, whatever they hold, and each can be a key."""
    one = of(1)
    assert one == one  # noqa: PLR0124 - what is tested
    assert one != of(1)
    assert len({one, of(1)}) == 2


def test_copy_has_the_numbers_and_is_apart() -> None:
    """copy() is a RunningStatistics with the same numbers, of a subclass too, and later changes do not reach it."""
    seen = Latency("get")
    seen.push_many([1, 2, 3])
    taken = seen.copy()
    seen.push(4)
    assert type(taken) is RunningStatistics
    assert numbers(taken) == numbers(of(1, 2, 3))


def duplicate_by_pickle(protocol: int) -> Callable[[RunningStatistics], RunningStatistics]:
    """What comes back from the bytes of that protocol."""
    return lambda seen: pickle.loads(pickle.dumps(seen, protocol))  # noqa: S301 - its own


@pytest.mark.parametrize("values", [(), (1.5,), (1, 2, 4), (NAN, 1), (INF, 1), (INF, -INF), (1e308, -1e308)])
@pytest.mark.parametrize(
    "duplicate", [copy.copy, copy.deepcopy, *map(duplicate_by_pickle, range(pickle.HIGHEST_PROTOCOL + 1))]
)
def test_a_duplicate_is_the_same(
    duplicate: Callable[[RunningStatistics], RunningStatistics], values: tuple[float, ...]
) -> None:
    """What the copy module or pickle make of it, by any protocol, has the same numbers and goes on from there."""
    seen = of(*values)
    again = duplicate(seen)
    assert again is not seen
    assert written(again) == written(seen)
    for each in (seen, again):
        each.push(3)
    assert written(again) == written(seen)


@pytest.mark.parametrize("kind", [Latency, Slotted])
@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, duplicate_by_pickle(2), duplicate_by_pickle(5)])
def test_a_duplicate_of_a_subclass_keeps_its_attributes(
    duplicate: Callable[[RunningStatistics], RunningStatistics], kind: type[Latency]
) -> None:
    """A subclass comes back as itself, with its attributes and slots, and its __init__ does not run again."""
    seen = kind("get")
    seen.push(2)
    if isinstance(seen, Slotted):
        seen.unit = "ms"
    again = duplicate(seen)
    assert type(again) is kind
    assert (again.of, getattr(again, "unit", None)) == ("get", getattr(seen, "unit", None))
    assert written(again) == written(seen)


IMPOSSIBLE = [
    (-1, 1.0, 0.0, 1.0, 1.0),
    (0, 1.0, 0.0, INF, -INF),
    (0, 0.0, 0.0, 0.0, 0.0),
    (1, 1.0, 0.5, 1.0, 1.0),
    (1, 1.0, 0.0, 1.0, 2.0),
    (2, 3.0, 1.0, 1.0, 2.0),
    (2, 1.0, 0.0, 2.0, 1.0),
    (2, 1.5, -0.5, 1.0, 2.0),
    (2, 1.5, NAN, 1.0, 2.0),
    (2, NAN, 0.5, 1.0, 2.0),
    (2, 1.5, 0.5, NAN, 2.0),
    (2, INF, INF, 1.0, INF),
    (2, 1.5, NAN, 1.0, INF),
]


@pytest.mark.parametrize("words", IMPOSSIBLE)
def test_a_damaged_pickle_is_refused(words: tuple[int, float, float, float, float]) -> None:
    """Numbers that no values can have led to are a ValueError that says so."""
    with pytest.raises(ValueError, match="pickle is damaged"):
        RunningStatistics._restore(*words)  # noqa: SLF001 - what pickle calls


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ((), TypeError),
        ((1, 1.0, 0.0, 1.0), TypeError),
        ((1.0, 1.0, 0.0, 1.0, 1.0), TypeError),
        ((1, "1", 0.0, 1.0, 1.0), TypeError),
        ((2**63, 1.0, 0.0, 1.0, 1.0), OverflowError),
    ],
)
def test_a_pickle_of_something_else_is_refused(words: tuple[Any, ...], error: type[Exception]) -> None:
    """Too few numbers, or something that is none, are the errors that they are elsewhere."""
    with pytest.raises(error):
        RunningStatistics._restore(*words)  # noqa: SLF001 - what pickle calls


class Unpicklable(RunningStatistics):
    """A subclass whose state cannot be had."""

    def __getstate__(self) -> Self:
        """Refuse."""
        raise LookupError


def test_an_error_in_getstate_comes_out() -> None:
    """An exception from a subclass's __getstate__ is what pickle raises."""
    with pytest.raises(LookupError):
        pickle.dumps(Unpicklable())


def test_every_method_keeps_the_counts() -> None:
    """After any number of calls of any method, with any outcome, each object has as many references as before."""
    seen, other, value, values = RunningStatistics(), of(1), 1234.5, [1234.5, 10**400]
    watched: list[object] = [seen, other, value, values, values[1]]
    before = [sys.getrefcount(item) for item in watched]
    for _ in range(100):
        seen.push(value)
        seen.merge(other)
        seen.copy()
        repr(seen)
        copy.copy(seen)
        numbers(seen)
        with pytest.raises(OverflowError):
            seen.push(values[1])
        with pytest.raises(OverflowError):
            seen.push_many(values)
        with pytest.raises(TypeError):
            seen.push(values)  # type: ignore[arg-type]
    assert [sys.getrefcount(item) for item in watched] == before


def test_weak_references_end_with_the_object() -> None:
    """A weak reference works, and is dead once the object is."""
    seen = RunningStatistics()
    reference = weakref.ref(seen)
    assert reference() is seen
    del seen
    assert reference() is None


CYCLES = """
import gc, weakref
from ungil import RunningStatistics
class Node(RunningStatistics):
    pass
def circle():
    node = Node()
    node.me = node
    return weakref.ref(node)
reference = circle()
gc.collect()
print(reference())
"""


def test_collector_frees_circles() -> None:
    """The garbage collector sees through a subclass that refers to itself."""
    assert run_child(CYCLES) == (0, "None\n")


PROCESSES = """
from concurrent.futures import ProcessPoolExecutor
from ungil import RunningStatistics
def work(start):
    part = RunningStatistics()
    part.push_many(range(start, start + 1000))
    return part
if __name__ == "__main__":
    whole = RunningStatistics()
    with ProcessPoolExecutor(2) as pool:
        for part in pool.map(work, range(0, 4000, 1000)):
            whole.merge(part)
    print(whole.count, whole.mean, whole.minimum, whole.maximum)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="the pool's processes find the function only after a fork")
def test_parts_of_processes_are_merged() -> None:
    """Partial results that processes return are merged into one."""
    source = f"import multiprocessing; multiprocessing.set_start_method('fork')\n{PROCESSES}"
    assert run_child(source) == (0, "4000 1999.5 0.0 3999.0\n")


FORK = """
import os, threading
from ungil import RunningStatistics
shared, stop = RunningStatistics(), threading.Event()
def work():
    while not stop.is_set():
        shared.push(1)
# One thread only: a lock that two want may be handed to one that has been stopped for the fork, and is lost then.
thread = threading.Thread(target=work)
thread.start()
codes = []
for _ in range(10):
    child = os.fork()
    if child == 0:
        taken = shared.copy()
        shared.push(1)
        whole = taken.count == 0 or (taken.mean, taken.minimum, taken.maximum) == (1.0, 1.0, 1.0)
        os._exit(0 if whole and shared.count == taken.count + 1 else 1)
    codes.append(os.waitpid(child, 0)[1])
stop.set()
thread.join()
print(codes)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not fork")
def test_a_forked_child_can_use_it() -> None:
    """A child that was forked while another thread was pushing has a whole object and is not stuck."""
    assert run_child(FORK, options=("-W", "ignore::DeprecationWarning")) == (0, f"{[0] * 10}\n")


ENDLESS = """
import itertools, signal
from ungil import RunningStatistics
signal.signal(signal.SIGALRM, signal.default_int_handler)
signal.setitimer(signal.ITIMER_REAL, 0.2)  # from the system: under the GIL no other thread would get to run
seen = RunningStatistics()
try:
    seen.push_many(itertools.repeat(1.0))
except KeyboardInterrupt:
    print("interrupted", seen.count)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such timer")
def test_a_signal_ends_an_endless_iterator() -> None:
    """A signal handler that raises ends an iterator that neither ends nor runs Python code, and nothing was added."""
    assert run_child(ENDLESS) == (0, "interrupted 0\n")
