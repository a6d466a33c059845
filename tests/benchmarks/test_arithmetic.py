"""What the benchmark makes of its samples."""

import pytest
from benchmarks.sync.case import BenchmarkError, Case, Loop, Sharing
from benchmarks.sync.measure import EMPTY, EMPTY_KEYED, Run, summaries
from benchmarks.sync.sample import Measure, Sample, Window, counted, scaling, summarise
from benchmarks.sync.targets import TARGETS, Operation, missed_by, scales, values

CALM = Window(0, 1000, 1000)


def sample_of(nanoseconds: int, operations: int = 1000) -> Sample:
    """An undisturbed sample of one thread."""
    return Sample((Window(0, nanoseconds, nanoseconds),), operations)


def test_a_sample_lasts_from_the_first_start_to_the_last_end() -> None:
    """What one thread waited for the other is part of what an operation costs."""
    sample = Sample((Window(100, 1100, 1000), Window(600, 2100, 1500)), operations=100)
    assert sample.nanoseconds == 20.0


@pytest.mark.parametrize(
    ("windows", "undisturbed"),
    [
        ((CALM,), True),
        ((CALM, CALM), True),
        ((Window(0, 1000, 950),), True),
        ((Window(0, 1000, 949),), False),
        ((CALM, Window(0, 1000, 900)), False),
        ((Window(0, 1000, 1000, preempted=1),), False),
        ((CALM, Window(100, 1000, 900)), True),
        ((CALM, Window(101, 1000, 899)), False),
        ((CALM, Window(1000, 2000, 1000)), False),
        ((CALM, Window(2000, 3000, 1000)), False),
    ],
)
def test_a_sample_counts_if_all_ran_all_the_time(windows: tuple[Window, ...], *, undisturbed: bool) -> None:
    """Off the CPU for more than a twentieth, preempted, or apart for more than a tenth: it does not count."""
    assert Sample(windows, 1).undisturbed is undisturbed


def test_a_sample_with_waiting_counts_where_threads_may_wait() -> None:
    """A thread that was off its CPU, or came too late, shows what blocking costs; a preempted one shows nothing."""
    waited = Sample((CALM, Window(0, 1000, 10)), 1)
    late = Sample((CALM, Window(2000, 3000, 1000)), 1)
    preempted = Sample((CALM, Window(0, 1000, 10, preempted=1)), 1)
    assert counted([waited, late, preempted], blocking=True) == [1000.0, 3000.0]
    assert counted([waited, late, preempted], blocking=False) == []


def test_a_summary_is_median_and_quartiles_less_the_empty_loop() -> None:
    """The empty loop is subtracted from all three, and both kinds of samples are counted."""
    summary = summarise([1.0, 2.0, 3.0, 4.0, 100.0], dropped=2, empty=0.5)
    assert summary == Measure(median=2.5, lower=1.5, upper=3.5, samples=5, dropped=2)


@pytest.mark.parametrize(("one", "two", "ratio"), [(10.0, 10.0, 2.0), (10.0, 20.0, 1.0), (10.0, 40.0, 0.5)])
def test_scaling_is_a_ratio_of_throughput(one: float, two: float, ratio: float) -> None:
    """Two threads that each take as long as one do twice as much."""
    assert scaling(one, two) == ratio


def run_of(case: Case, threads: int, *nanoseconds: int) -> Run:
    """A run with samples of so many nanoseconds for each of a thousand operations."""
    loop = Loop(lambda _: None, 1000)
    return Run(case, [loop] * threads, samples=[sample_of(1000 * one) for one in nanoseconds])


def test_the_empty_loop_of_the_same_shape_is_subtracted() -> None:
    """A keyed case on two threads loses what the keyed empty loop takes on two threads, once for all it counts."""
    keyed = Case("look up", "dict", Sharing.SHARED, "", ("o[{k}]",), keyed=True)
    many = Case("batch", "queue", Sharing.SHARED, "", ("o.put_many(items)",), count=4)
    runs = [
        run_of(EMPTY, 1, 8, 8, 8),
        run_of(EMPTY_KEYED, 2, 2, 2, 2),
        run_of(keyed, 2, 30, 31, 32),
        run_of(many, 1, 10, 11, 12),
    ]
    found = summaries(runs)
    assert found[keyed.name][2].median == 29.0
    assert found[many.name][1].median == 9.0


def test_too_few_samples_are_an_error_that_names_the_case() -> None:
    """A case that was disturbed all the time has no median: the benchmark says so rather than inventing one."""
    case = Case("increment", "ungil", Sharing.SHARED, "", ("o.increment()",))
    with pytest.raises(BenchmarkError, match=r"increment / ungil / shared: only 2 of 2 samples on 1 thread"):
        summaries([run_of(EMPTY, 1, 1, 1, 1), run_of(case, 1, 5, 5)])


@pytest.mark.parametrize(
    ("measured", "bound", "at_least", "part"),
    [
        (2.0, 2.0, True, 0.0),
        (2.5, 2.0, True, 0.0),
        (1.5, 2.0, True, 0.25),
        (1.0, 1.0, False, 0.0),
        (0.5, 1.0, False, 0.0),
        (1.5, 1.0, False, 0.5),
    ],
)
def test_a_target_is_missed_by_a_part_of_its_bound(
    measured: float, bound: float, part: float, *, at_least: bool
) -> None:
    """Below a lower bound or above an upper one, in terms of the bound; on it is met."""
    assert missed_by(measured, bound, at_least=at_least) == part


def test_targets_compare_the_two_medians_that_they_name() -> None:
    """Faster is theirs over ours, costs is ours over theirs, scales is throughput on two threads over one."""
    one, two = Measure(10.0, 9.0, 11.0, 5, 0), Measure(40.0, 39.0, 41.0, 5, 0)
    measures = {"add / ours / shared": {1: one, 2: two}, "add / theirs / shared": {1: two, 2: two}}
    operation = Operation("add", Sharing.SHARED, 1)
    targets = (
        operation.faster("ours", "theirs", 2.0),
        operation.costs("ours", "theirs", 1.0),
        scales("add", "ours", Sharing.SHARED, 1.9),
    )
    found = values(measures, targets)
    assert list(found.values()) == [4.0, 0.25, 0.5]
    assert [target.missed_by(value) > 0 for target, value in found.items()] == [False, False, True]


def test_every_target_has_its_own_sentence() -> None:
    """Two targets that read the same could not be told apart in the table."""
    assert len({target.says for target in TARGETS}) == len(TARGETS)
