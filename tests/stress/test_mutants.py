"""The mutants are what they claim to be: each can fail, in the way that it says, and its twin cannot."""

from __future__ import annotations

import itertools
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.ext.extension import Extension
from tests.stress.mutants.catalogue import EXTENSIONS, MUTANTS
from tests.stress.mutants.mutant import Harm, Kind, Mutant
from tests.stress.mutants.outcome import sequential
from tests.stress.mutants.shown import Report, in_child
from tests.sync.builds import needs_parallel_threads

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="compiled by a command line of gcc or clang")

WITH_WINDOWS = [mutant for mutant in MUTANTS if mutant.turns]
WITHOUT_WINDOWS = [mutant for mutant in MUTANTS if not mutant.turns]
NOT_BY_ONE_STOP = [
    mutant for mutant in WITH_WINDOWS if mutant.kind in (Kind.TWO_STOPS, Kind.THREE_THREADS, Kind.CALLEE)
]
BY_ONE_STOP = ("lost_update", "torn_pair", "aba_stack")
LONGEST = 3

# The threads of a test share the static variables of a racy module.
_one_at_a_time = threading.Lock()


def together(what: str, variant: str, mutants: list[Mutant]) -> dict[str, Report]:
    """Reports on mutants, each that may kill its process in one of its own."""
    fatal = [[mutant.name] for mutant in mutants if mutant.harm is Harm.MEMORY and variant == "racy"]
    others = [mutant.name for mutant in mutants if [mutant.name] not in fatal]
    with ThreadPoolExecutor(2) as pool:
        found = pool.map(lambda names: in_child(what, variant, names), [others, *fatal])
        return {name: report for reports in found for name, report in reports.items()}


@pytest.fixture(scope="module")
def racy_turns() -> dict[str, Report]:
    """What the scenario of each mutant came to."""
    return together("turns", "racy", WITH_WINDOWS)


@pytest.fixture(scope="module")
def twin_turns() -> dict[str, Report]:
    """The same of each twin."""
    return together("turns", "twin", WITH_WINDOWS)


@pytest.fixture(scope="module")
def single_stops() -> dict[str, Report]:
    """What every single stop came to."""
    return in_child("stops", "racy", [*BY_ONE_STOP, *map(str, NOT_BY_ONE_STOP)])


@pytest.mark.thread_unsafe(reason="while an extension is imported, the GIL is on for a moment")
@pytest.mark.parametrize("twin", [False, True], ids=["racy", "twin"])
@pytest.mark.parametrize("paused", [False, True], ids=["released", "paused"])
@pytest.mark.parametrize("extension", EXTENSIONS, ids=lambda extension: extension.name)
def test_it_compiles(extension: Extension, *, paused: bool, twin: bool) -> None:
    """Each variant compiles, with warnings as errors in what is ours, and its import leaves the GIL as it was."""
    enabled = getattr(sys, "_is_gil_enabled", lambda: True)
    before = enabled()
    extension.load(twin=twin, paused=paused)
    assert enabled() == before


@pytest.mark.parametrize("mutant", MUTANTS, ids=str)
def test_a_twin_is_the_same_in_one_thread(mutant: Mutant) -> None:
    """Whatever calls are made one after the other, mutant and twin return the same and end in the same state."""
    racy, twin = mutant.model(twin=False), mutant.model(twin=True)
    for length in range(1, LONGEST + 1):
        for indices in itertools.product(range(len(racy.operations)), repeat=length):
            with _one_at_a_time:
                expected = sequential(racy, [[racy.operations[index] for index in indices]])
            assert sequential(twin, [[twin.operations[index] for index in indices]]) == expected


@pytest.mark.parametrize("mutant", MUTANTS, ids=str)
def test_one_thread_gives_the_same_again(mutant: Mutant) -> None:
    """In one order of calls there is one outcome: what differs from it comes from threads."""
    for twin in (False, True):
        model = mutant.model(twin=twin)
        with _one_at_a_time:
            assert len(sequential(model, [model.operations])) == 1
            assert sequential(model, [model.operations]) == sequential(model, [model.operations])


@needs_parallel_threads
@pytest.mark.parametrize("mutant", WITH_WINDOWS, ids=str)
def test_a_window_is_real(mutant: Mutant, racy_turns: dict[str, Report]) -> None:
    """Threads that stop at the windows that the mutant names come to what no order of whole calls comes to."""
    report = racy_turns[mutant.name]
    verdicts = {Harm.RESULT: {"wrong"}, Harm.MEMORY: {"wrong", "died"}, Harm.HANG: {"hung"}}
    assert report["verdict"] in verdicts[mutant.harm], report
    assert report.get("stops") == report.get("wanted"), report


@needs_parallel_threads
@pytest.mark.parametrize("mutant", WITH_WINDOWS, ids=str)
def test_a_twin_has_no_window(mutant: Mutant, twin_turns: dict[str, Report]) -> None:
    """Threads that stop at the same windows of the twin come to what some order of whole calls comes to."""
    assert twin_turns[mutant.name]["verdict"] == "sequential"


@needs_parallel_threads
@pytest.mark.parametrize("mutant", NOT_BY_ONE_STOP, ids=str)
def test_one_stop_does_not_show_it(mutant: Mutant, single_stops: dict[str, Report]) -> None:
    """Nothing is wrong wherever A stops, once, in the extension's own code, while B makes whole calls.

    Where it takes three threads, nothing is wrong either wherever both of two stop once.
    """
    report = single_stops[mutant.name]
    assert report.get("wrong") == [], report
    assert report["tried"]


@needs_parallel_threads
@pytest.mark.parametrize("name", BY_ONE_STOP)
def test_one_stop_shows_what_it_can_show(name: str, single_stops: dict[str, Report]) -> None:
    """Trying every single stop does find what one stop shows: that it found nothing elsewhere means something."""
    assert single_stops[name]["wrong"]


@needs_parallel_threads
@pytest.mark.parametrize("mutant", WITHOUT_WINDOWS, ids=str)
def test_repetition_shows_what_has_no_window(mutant: Mutant) -> None:
    """Two threads that repeat a call come to what one thread never comes to, and with the twin they do not."""
    assert in_child("repeat", "racy", [mutant.name])[mutant.name]["verdict"] in {"wrong", "died"}
    assert in_child("repeat", "twin", [mutant.name])[mutant.name]["verdict"] == "sequential"


def test_there_are_enough_of_each_kind() -> None:
    """Names are unique, and the kinds that are hard to find are not a handful of special cases."""
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)
    kinds = Counter(mutant.kind for mutant in MUTANTS)
    assert min(kinds[Kind.TWO_STOPS], kinds[Kind.THREE_THREADS], kinds[Kind.CALLEE]) >= 3
    languages = Counter(mutant.extension.language for mutant in MUTANTS)
    assert min(count for language, count in languages.items()) >= 3
