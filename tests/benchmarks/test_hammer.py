"""What `make bench-hammer` wrote to docs, and the peers that the hammer is measured beside."""

import json
import sys
from pathlib import Path

import jsonschema
import pytest
from benchmarks.audit.measure import BenchmarkError
from benchmarks.hammer import page, results
from benchmarks.hammer.__main__ import FULL, STEM, main, measure
from benchmarks.hammer.barrier import Barrier
from benchmarks.hammer.invariants import THREADS
from benchmarks.hammer.journal import Journal, read
from benchmarks.hammer.method import Attempt
from benchmarks.hammer.methods import HAMMER
from benchmarks.hammer.more_invariants import stress_of
from benchmarks.hammer.parallel import Parallel
from benchmarks.hammer.plan import Plan, run
from benchmarks.hammer.process import watch
from benchmarks.hammer.results import Machine, Results
from benchmarks.hammer.targets import TARGETS
from tests.stress.mutants.catalogue import MUTANTS, named
from tests.stress.mutants.mutant import Mutant
from tests.sync.builds import GIL_ENABLED, needs_parallel_threads

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="compiled by a command line of gcc or clang")

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
SCHEMA = json.loads((ROOT / "benchmarks/hammer/results.schema.json").read_text(encoding="utf-8"))
MACHINE: Machine = {
    "ungil": "0.1.0",
    "python": "CPython 3.14.0, free-threaded",
    "cpu": "made up",
    "cpus": 2,
    "system": "Linux x86_64",
    "load": 0.5,
    "versions": {"pytest": "9.2.0"},
}
BEGIN = """
import os, signal, sys, time
from pathlib import Path
from benchmarks.hammer.journal import Journal
journal = Journal(Path(os.environ["UNGIL_BENCH_JOURNAL"]))
journal.start()
journal.count(7)
"""


class Scripted:
    """A method that finds all races but one, and remembers who was next."""

    counts = "nothing"
    says = "is made up"

    def __init__(self, name: str, log: list[tuple[int, str]]) -> None:
        """Found under this name, in this list."""
        self.name = name
        self._log = log

    def run(self, mutant: Mutant, *, twin: bool, seed: int, cap: float) -> Attempt:
        """At once."""
        self._log.append((seed, self.name))
        missed = twin or mutant.name == "lost_update_1insn"
        return Attempt("", cap, 3_000_000) if missed else Attempt("wrong", 0.01, 5)


def made_up(*names: str) -> Results:
    """A run of scripted methods on two mutants."""
    log: list[tuple[int, str]] = []
    methods = [Scripted(name, log) for name in names]
    mutants = [named("lost_update"), named("lost_update_1insn")]
    plan = Plan(cap=3.0, seeds=(1, 2), twin_seeds=(3,))
    racy, twins = (run(plan, methods, mutants, twin=twin, say=lambda _: None) for twin in (False, True))
    return results.collect(MACHINE, plan, methods, racy, twins)


def test_the_page_shows_the_numbers_of_the_json() -> None:
    """Nothing in docs is edited by hand or from another run: `make bench-hammer` writes both, or neither is there."""
    paths = [DOCS / f"{STEM}{suffix}" for suffix in (".json", ".md")]
    if not any(path.exists() for path in paths):
        return
    found = results.load(paths[0])
    assert paths[0].read_text(encoding="utf-8") == results.dump(found)
    assert paths[1].read_text(encoding="utf-8") == page.render(found, STEM)
    assert [race["name"] for race in found["races"]] == [mutant.name for mutant in MUTANTS]
    assert found["seeds"] == list(FULL.seeds)
    jsonschema.validate(found, SCHEMA)


def test_the_json_is_as_its_schema_says() -> None:
    """Nothing is missing, nothing is there that the schema does not name."""
    jsonschema.validate(made_up(HAMMER, "other"), SCHEMA)


def test_a_share_and_a_median_count_what_was_missed() -> None:
    """A run that finds nothing counts as a miss, and with all the time that it had."""
    runs = results.all_runs(made_up(HAMMER), HAMMER)
    assert results.rate(runs) == 0.5
    assert results.median(runs) == pytest.approx((0.01 + 3.0) / 2)


def test_targets_are_of_the_hammer() -> None:
    """They are missed without it, and with it each by its own number: two of five are met by the made-up one."""
    assert not any(target.met(made_up("other")) for target in TARGETS)
    met = [target.says for target in TARGETS if target.met(made_up(HAMMER, "other"))]
    assert met == [
        "executions of correct twins",
        "findings in them",
        "its share of found races over that of the best other method",
    ]


def test_the_page_says_who_found_what() -> None:
    """Each race has a row, with the median and the share of each method, and misses are shown as such."""
    text = page.render(made_up(HAMMER, "other"), STEM)
    assert "| lost_update | one stop | a wrong result or state | 0.010 (2/2) | 0.010 (2/2) |" in text
    assert "| lost_update_1insn | inside one instruction | a wrong result or state | > 3 (0/2) | > 3 (0/2) |" in text


def test_the_order_of_methods_is_shuffled_and_repeated_by_the_seed() -> None:
    """Each method is first for some mutant and seed, and a second run has the same order."""
    plan = Plan(cap=3.0, seeds=range(10), twin_seeds=())
    logs: list[list[tuple[int, str]]] = [[], []]
    for log in logs:
        run(plan, [Scripted("a", log), Scripted("b", log)], [named("lost_update")], twin=False, say=lambda _: None)
    assert logs[0] == logs[1]
    assert {name for _, name in logs[0][::2]} == {"a", "b"}


def test_a_journal_outlives_its_process(tmp_path: Path) -> None:
    """What was written can be read; only the first find counts; before anything is written there are zeros."""
    path = tmp_path / "journal"
    assert (read(path).started, read(path).found, read(path).executions, read(path).how) == (0.0, 0.0, 0, "")
    journal = Journal(path)
    journal.start()
    journal.count(3)
    journal.find("wrong")
    journal.find("crash")
    journal.count(4)
    record = read(path)
    assert 0 < record.started <= record.found
    assert (record.executions, record.how) == (7, "wrong")
    journal.count_to(9)
    assert (read(path).executions, read(path).found) == (9, record.found)


@pytest.mark.parametrize(
    ("script", "how"),
    [
        ("journal.find('wrong')", "wrong"),
        ("os.kill(os.getpid(), signal.SIGSEGV)", "crash"),
        ("time.sleep(60)", "hang"),
        ("", ""),
        ("time.sleep(1); journal.find('wrong')", ""),
    ],
    ids=["found", "crash", "hang", "nothing", "too late"],
)
def test_how_a_process_ends_is_what_was_found(script: str, how: str) -> None:
    """A find, a signal and a process that does not get on are told apart, and from nothing in time."""
    attempt = watch([sys.executable, "-c", BEGIN + script], {}, cap=0.5, grace=2.0)
    assert (attempt.how, attempt.executions) == (how, 7)
    assert attempt.detected == bool(how)


@pytest.mark.parametrize("script", ["raise SystemExit('no compiler')", BEGIN + "raise SystemExit('no compiler')"])
def test_a_method_that_fails_has_not_found_anything(script: str) -> None:
    """An error of its own, before or after the start, ends the benchmark with what the process said."""
    with pytest.raises(BenchmarkError, match="no compiler"):
        watch([sys.executable, "-c", script], {}, cap=5.0)


@pytest.mark.parametrize("mutant", MUTANTS, ids=str)
def test_invariants_hold_in_one_thread(mutant: Mutant) -> None:
    """Every mutant has an invariant, which holds of its twin when one thread after the other makes its calls."""
    stress, module = stress_of(mutant.name), mutant.load(twin=True)
    subject = stress.make(module) if stress.make else mutant.model(twin=True).make()
    got = [[stress.call(subject, role, number) for number in range(stress.calls)] for role in range(THREADS)]
    assert stress.holds(subject, got)


@needs_parallel_threads
@pytest.mark.thread_unsafe(reason="starts processes that use all processors")
def test_the_barrier_stress_finds_a_race_and_nothing_in_its_twin() -> None:
    """A lazy cache is computed twice within many rounds; the locked one never."""
    barrier, mutant = Barrier(), named("lazy_cache")
    assert barrier.run(mutant, twin=False, seed=1, cap=60.0).how == "wrong"
    assert barrier.run(mutant, twin=True, seed=1, cap=0.5).how == ""


@needs_parallel_threads
@pytest.mark.thread_unsafe(reason="starts processes that use all processors")
def test_unit_tests_in_parallel_find_shared_statics_and_nothing_in_their_twin() -> None:
    """Objects of their own share nothing but a static buffer; a thread that writes to it fails the test of another."""
    parallel, mutant = Parallel(), named("static_buffer")
    assert parallel.run(mutant, twin=False, seed=1, cap=60.0).how == "wrong"
    nothing = parallel.run(mutant, twin=True, seed=1, cap=0.5)
    assert nothing.how == ""
    assert nothing.executions


@pytest.mark.skipif(not GIL_ENABLED, reason="refused only where threads cannot run at the same time")
def test_it_refuses_to_measure_under_the_gil(tmp_path: Path) -> None:
    """Threads that take turns prove nothing: exit code 2, and no file."""
    assert main(["--write", str(tmp_path)]) == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(GIL_ENABLED, reason="it has refused before")
def test_a_word_that_picks_nothing_is_an_error() -> None:
    """It is said, and nothing is measured."""
    with pytest.raises(BenchmarkError, match="no mutant has 'absent'"):
        measure(FULL, "absent")
