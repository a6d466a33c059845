"""The cases of the benchmark, each run once."""

import importlib.util
import re

import pytest
from benchmarks.sync.case import KEYS, UNROLLED, BenchmarkError, Case, Sharing, loop_source, make_loop, set_up
from benchmarks.sync.cases import catalogue
from benchmarks.sync.measure import Measures
from benchmarks.sync.sample import Measure
from benchmarks.sync.targets import values
from benchmarks.sync.workload import NAMES, random_order

CASES = catalogue()
PEERS = re.compile(r"\bfrom (cereggii|ft_utils)\b")
NEEDS_COMPILER = re.compile(r"\bfloor_type\b")


def is_here(case: Case) -> bool:
    """Whether the case needs nothing that only the benchmark's own environment has."""
    peer = PEERS.search(case.setup)
    return NEEDS_COMPILER.search(case.setup) is None and (peer is None or importlib.util.find_spec(peer[1]) is not None)


def test_every_statement_compiles() -> None:
    """The loop of each thread is Python, its statements written out as often as it says."""
    for case, index in [(one, index) for one in CASES for index in range(max(one.threads))]:
        source = loop_source(case, index, {"o": None})
        compile(source, case.name, "exec")
        assert "{k}" not in source, case.name
        assert source.count("\n") >= UNROLLED, case.name


@pytest.mark.parametrize("operation", dict.fromkeys(case.operation for case in CASES))
def test_every_statement_runs(operation: str) -> None:
    """Each case of ungil and of the standard library does what it is to be timed at, on what its setup made."""
    for case in CASES:
        if case.operation == operation and is_here(case):
            run_once(case)


def run_once(case: Case) -> None:
    """One turn of each thread's loop, one after the other."""
    shared = None if case.sharing is Sharing.DISTINCT else set_up(case)
    order = [tuple(NAMES[:UNROLLED])]
    for index in range(max(case.threads)):
        loop = make_loop(case, shared, index, order)
        loop.run(1)
        assert loop.operations == UNROLLED * case.count


def test_no_two_cases_have_the_same_name() -> None:
    """A name is how a target finds its case."""
    assert len({case.name for case in CASES}) == len(CASES)


def test_every_target_finds_its_cases() -> None:
    """No target asks for a case, or a number of threads, that is not measured."""
    measure = Measure(1.0, 1.0, 1.0, 3, 0)
    measures: Measures = {case.name: dict.fromkeys(case.threads, measure) for case in CASES}
    assert all(value in (1.0, 2.0) for value in values(measures).values())


def test_a_name_that_a_build_lacks_is_an_error_that_says_so() -> None:
    """A case of something that does not exist is neither left out nor a traceback."""
    case = Case("count", "ungil Abacus", Sharing.SHARED, "from ungil import Abacus; o = Abacus()", ("o.count()",))
    with pytest.raises(BenchmarkError, match=r"count / ungil Abacus / shared: .*cannot import name 'Abacus'.*build"):
        set_up(case)


@pytest.mark.parametrize("sharing", Sharing)
def test_a_statement_reaches_its_object_as_it_says(sharing: Sharing) -> None:
    """Threads have one object unless it says distinct, and each statement of the loop finds it."""
    case = Case("append", "list", sharing, "o = []", ("o.append(1)",))
    shared = None if sharing is Sharing.DISTINCT else set_up(case)
    for index in (0, 1):
        make_loop(case, shared, index, []).run(2)
    if shared is not None:
        assert len(shared["o"]) == 4 * UNROLLED
    source = loop_source(case, 0, {"o": []} if sharing in (Sharing.DISTINCT, Sharing.SHARED) else {"holder": None})
    ways = {
        Sharing.DISTINCT: ("(times, o)", " o.append"),
        Sharing.SHARED: ("(times, o)", " o.append"),
        Sharing.GLOBAL: ("(times)", " o.append"),
        Sharing.ATTRIBUTE: ("(times, holder)", " holder.o.append"),
    }
    assert all(part in source for part in ways[sharing])


def test_a_keyed_loop_asks_for_every_key_of_the_order() -> None:
    """Reads and writes take turns over all the keys, each once."""
    case = Case("mix", "dict", Sharing.SHARED, "o = {}; v = 1", ("o.setdefault({k})", "o[{k}] = v"), keyed=True)
    shared = set_up(case)
    order = [tuple(f"{turn}-{key}" for key in KEYS) for turn in range(3)]
    make_loop(case, shared, 0, order).run(1)
    expected = {key: (None, 1)[index % 2] for turn in order for index, key in enumerate(turn)}
    assert shared["o"] == expected


def test_the_threads_of_a_pair_run_their_own_statement() -> None:
    """The first thread puts, the second one gets."""
    setup = "from collections import deque; o = deque()"
    case = Case("pipe", "deque", Sharing.SHARED, setup, ("o.append(1)",), ("o.popleft()",))
    shared = set_up(case)
    make_loop(case, shared, 0, []).run(3)
    assert len(shared["o"]) == 3 * UNROLLED
    make_loop(case, shared, 1, []).run(3)
    assert len(shared["o"]) == 0
    assert case.threads == (2,)


def test_each_thread_has_an_order_of_its_own_over_all_keys() -> None:
    """Two threads that ask in the same order would follow each other through the caches."""
    first, second = (random_order(index) for index in (0, 1))
    assert first != second
    assert sorted(name for turn in first for name in turn) == sorted(NAMES)
    assert random_order(0) == first
