"""ConcurrentDict: threads cannot come between, and what is replaced is freed."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from tests.concurrency import Worker, run_threads, until_caught
from tests.sync import dict_stress
from tests.sync.builds import needs_parallel_threads, run_child
from tests.sync.reference_stress import Token

from ungil import ConcurrentDict

Stress = Callable[[dict_stress.Make], None]
TableStress = Callable[[dict_stress.MakeTable], None]


@pytest.mark.parametrize("stress", dict_stress.MAPPING)
def test_holds_under_threads(stress: Stress) -> None:
    """What the stress function asserts holds for ConcurrentDict."""
    stress(ConcurrentDict[Any, Any])


@pytest.mark.parametrize("stress", [*dict_stress.TABLE, dict_stress.values_are_alive_when_read])
def test_reads_hold_under_threads(stress: TableStress) -> None:
    """What the stress function asserts of reading beside writers holds for ConcurrentDict."""
    stress(ConcurrentDict)


@needs_parallel_threads
@pytest.mark.parametrize("stress", dict_stress.MAPPING)
def test_stress_catches_the_racy_twin(stress: Stress, racy_dict: ModuleType) -> None:
    """The same stress function fails on the twin whose methods take two steps."""
    until_caught(lambda: stress(racy_dict.RacyDict))


@needs_parallel_threads
@pytest.mark.parametrize("stress", dict_stress.TABLE)
def test_stress_catches_a_read_without_a_second_look(stress: TableStress, racy_dict: ModuleType) -> None:
    """The same stress function fails on the twin whose get() does not look whether the entry has changed."""
    until_caught(lambda: stress(racy_dict.RacyTable))


USE_AFTER_FREE = """
from pathlib import Path
from tests.concurrency import until_caught
from tests.ext.build import load_extension
from tests.sync.dict_stress import values_are_alive_when_read
racy_dict = load_extension(Path(sys.argv[1]))
until_caught(lambda: values_are_alive_when_read(racy_dict.RacyTable), deadline=20)
print("caught")
"""


@needs_parallel_threads
def test_stress_catches_an_uncounted_read(racy_dict_path: Path) -> None:
    """On the twin whose get() counts too late, the reading stress fails or crashes its process."""
    try:
        code, output = run_child(USE_AFTER_FREE, str(racy_dict_path), deadline=60)
    except subprocess.TimeoutExpired:
        return  # past its own deadline and still running: with a corrupted heap it may hang as well as crash
    assert code < 0 or output.endswith("caught\n"), output


def test_iteration_and_clear_beside_writers() -> None:
    """While threads write, remove, empty and make it grow, every entry that is seen is one that was stored, whole."""
    mapping: ConcurrentDict[int, Token] = ConcurrentDict()
    done: list[bool] = []

    def write(worker: Worker) -> None:
        for number in range(worker.index, 6000, 2):
            mapping[number] = Token(number)
            mapping.pop(number - 500, None)
        done.append(True)

    def look(_worker: Worker) -> None:
        while len(done) < 2:
            for number, token in (*mapping.items(), *mapping.copy().items(), *mapping.snapshot().items()):
                assert token.intact()
                assert token.number == number
            keys = list(mapping)
            assert len(set(keys)) == len(keys)
            assert 0 <= len(mapping) <= 6000

    def clear(worker: Worker) -> None:
        while len(done) < 2:
            mapping.clear()
            for number in (worker.random.randrange(6000) for _ in range(50)):
                token = mapping.get(number)
                assert token is None or (token.number == number and token.intact())

    run_threads(write, write, look, clear)
    assert len(mapping) == len(mapping.snapshot()) == len(list(mapping))
    mapping.clear()
    assert (len(mapping), mapping.snapshot()) == (0, {})


COLLECTED = """
import gc, threading
from ungil import ConcurrentDict
def churn():
    for step in range(3000):
        one, two = ConcurrentDict(), ConcurrentDict()
        one.update({key: two for key in range(40)})
        two[one.copy] = [one]
        shared[step % 100] = one
        shared.pop(step % 70, None)
def read():
    while alive:
        for one in shared.values():
            assert len(one) == 40, len(one)
def collect():
    while alive:
        gc.collect()
shared, alive = ConcurrentDict(), [True]
threads = [threading.Thread(target=target) for target in (churn, churn, read, collect)]
[thread.start() for thread in threads]; [thread.join() for thread in threads[:2]]
alive.clear(); [thread.join() for thread in threads]
shared.clear()
gc.collect()  # clears mappings in circles, which replaces their tables
gc.collect()
left = [item for item in gc.get_objects() if type(item).__name__ in ("ConcurrentDict", "_Retired")]
print(left == [shared])
"""


def test_collector_runs_beside_threads() -> None:
    """Collections while other threads fill, link and drop mappings free all of them, and every replaced table."""
    assert run_child(COLLECTED) == (0, "True\n")


SOAK = """
import gc, resource, sys, threading, time
from ungil import ConcurrentDict
def resident():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024) >> 20
def fill(turns):
    for _ in range(turns):
        for key in range(20_000):
            mapping[key] = (key,)
        mapping.clear()
def fill_together(turns):
    threads = [threading.Thread(target=fill, args=(turns,)) for _ in range(2)]
    [thread.start() for thread in threads]; [thread.join() for thread in threads]
mapping = ConcurrentDict()
fill_together(10)
before = resident()
end = time.monotonic() + 1.5
while time.monotonic() < end:
    fill_together(10)
print(len(mapping), resident() - before)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs the resource module")
def test_replaced_tables_do_not_pile_up() -> None:
    """A mapping that is filled and emptied again and again takes no more memory than in the first turns, and a bit."""
    code, output = run_child(SOAK)
    assert code == 0, output
    length, growth = map(int, output.split())
    assert (length, growth < 200) == (0, True), output  # at each turn it replaces tables of 4 MB: some 1 GB in all


FORKED = """
import os, sys, threading
from ungil import ConcurrentDict
def write(start):
    number = 0
    while not stop:
        number += 1
        mapping[start + number % 5000] = start + number % 5000
        if number % 7 == 0:
            mapping.pop(start + number * 3 % 5000, None)
        if number % 20_000 == 0:
            mapping.clear()
def use():
    for key in range(12_000):
        mapping[key] = key
    ok = [mapping[key] for key in range(12_000)] == list(range(12_000)) == sorted(mapping)[:12_000]
    mapping.clear()
    return ok and mapping.get_or_compute("a", str) == "a" and len(mapping) == 1
mapping, stop = ConcurrentDict(), []
threads = [threading.Thread(target=write, args=(start,)) for start in (0, 5000)]
[thread.start() for thread in threads]
codes = set()
for _ in range(8):
    child = os.fork()
    if child == 0:
        os._exit(0 if use() else 1)
    codes.add(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
stop.append(True)
[thread.join() for thread in threads]
print(codes)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork()")
def test_fork_beside_writers() -> None:
    """A child that is forked while other threads write, grow and empty a mapping can use all of it."""
    assert run_child(FORKED, options=("-W", "ignore")) == (0, "{0}\n")
