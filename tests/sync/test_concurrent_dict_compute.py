"""get_or_compute() and update_value(): which function runs when, and what of it is stored."""

import os
import sys
import threading
import time
from typing import Any, NoReturn

import pytest
from tests.concurrency import Worker, run_threads
from tests.sync.builds import run_child
from tests.sync.reference_stress import Token

from ungil import ConcurrentDict

type Any_ = ConcurrentDict[Any, Any]


def fail(_: object) -> NoReturn:
    """Raise a ZeroDivisionError."""
    raise ZeroDivisionError


def wait_for(event: threading.Event) -> None:
    """Wait, and not for ever."""
    assert event.wait(30)


def test_computes_what_is_missing() -> None:
    """The function gets the key and runs where there is no value; None is a value."""
    mapping: Any_ = ConcurrentDict()
    assert mapping.get_or_compute(3, lambda key: key + 1) == 4
    assert mapping.get_or_compute(3, fail) == 4
    assert mapping.get_or_compute(4, lambda _: None) is None
    assert mapping.get_or_compute(4, fail) is None
    assert mapping == {3: 4, 4: None}
    del mapping[3]
    assert mapping.get_or_compute(3, str) == "3"


def test_an_exception_stores_nothing() -> None:
    """What the function raises comes out, the key stays missing, and the next call runs its function."""
    mapping: Any_ = ConcurrentDict()
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            mapping.get_or_compute(1, fail)
    assert mapping == {}
    assert mapping.get_or_compute(1, str) == "1"


def test_an_exception_reaches_one_call() -> None:
    """Of threads that ask for one key, those whose function raises get their own exception, the rest one value."""
    mapping: Any_ = ConcurrentDict()
    failures: list[int] = []

    def work(worker: Worker) -> object:
        def compute(key: int) -> object:
            time.sleep(0.0005)  # so that the others come to wait
            if worker.index < 2:
                failures.append(key)
                raise ValueError((worker.index, key))
            return Token(key)

        answers: list[object] = []
        for key in range(30):
            try:
                answers.append(mapping.get_or_compute(key, compute))
            except ValueError as error:
                assert error.args == ((worker.index, key),)  # noqa: PT017 - the others are not raised
                answers.append(None)
        return answers

    answers: Any = run_threads(*[work] * 4)
    for key in range(30):
        assert {id(column[key]) for column in answers if column[key] is not None} == {id(mapping[key])}
    assert len(failures) == sum(column.count(None) for column in answers)


def test_other_keys_do_not_wait() -> None:
    """While one key is computed others are, and everything else works, on the same key too."""
    mapping: Any_ = ConcurrentDict()
    computing, used = threading.Event(), threading.Event()

    def slow(_key: object) -> str:
        computing.set()
        wait_for(used)
        return "slow"

    def compute(_worker: Worker) -> object:
        return mapping.get_or_compute("key", slow)

    def use(_worker: Worker) -> object:
        wait_for(computing)
        try:
            return mapping.get_or_compute("other", str), mapping.get("key"), "key" in mapping, len(mapping)
        finally:
            used.set()

    assert run_threads(compute, use) == ["slow", ("other", None, False, 1)]


def test_a_value_stored_meanwhile_stays() -> None:
    """Where the key gets a value while the function runs, that one stays and is returned."""
    mapping: Any_ = ConcurrentDict()

    def compute(key: str) -> str:
        mapping[key] = "stored"
        return "computed"

    assert mapping.get_or_compute("a", compute) == "stored"
    assert mapping == {"a": "stored"}


def test_a_value_removed_meanwhile_is_computed_again() -> None:
    """Threads that ask while others remove the value always get one."""
    mapping: Any_ = ConcurrentDict()

    def ask(_worker: Worker) -> None:
        for _ in range(500):
            assert mapping.get_or_compute(1, str) == "1"

    def remove(_worker: Worker) -> None:
        for _ in range(500):
            mapping.pop(1, None)
            mapping.clear()

    run_threads(ask, ask, ask, remove)


def test_asking_for_the_own_key_is_an_error() -> None:
    """A function that asks for the key that it computes gets a RuntimeError; for other keys it may ask."""
    mapping: Any_ = ConcurrentDict()
    with pytest.raises(RuntimeError, match="reentrant call"):
        mapping.get_or_compute(1, lambda key: mapping.get_or_compute(float(key), str))

    def fibonacci(n: int) -> int:
        return n if n < 2 else sum(mapping.get_or_compute(n - back, fibonacci) for back in (1, 2))

    assert mapping.get_or_compute(50, fibonacci) == 12586269025


def test_threads_that_would_wait_in_a_circle() -> None:
    """Two functions that ask for each other's key: one gets a RuntimeError, and nobody waits for ever."""
    mapping: Any_ = ConcurrentDict()
    met = threading.Barrier(2)

    def work(worker: Worker) -> object:
        def compute(_key: object) -> object:
            met.wait(30)
            return mapping.get_or_compute(1 - worker.index, lambda _: "inner")

        try:
            return mapping.get_or_compute(worker.index, compute)
        except RuntimeError as error:
            return "deadlock" in str(error)

    assert sorted(map(str, run_threads(work, work))) == ["True", "inner"]
    assert sorted(mapping) in ([0], [1], [0, 1])


def test_a_comparison_of_the_key_that_raises() -> None:
    """Where `==` raises while the function runs, the exception comes out and the key can be asked for again."""
    broken = False

    class Key:
        def __hash__(self) -> int:
            return 1

        def __eq__(self, _: object) -> bool:
            if broken:
                raise ZeroDivisionError
            return False

    mapping: Any_ = ConcurrentDict({Key(): 1})

    def compute(_: object) -> int:
        nonlocal broken
        broken = True
        return 2

    key = Key()
    with pytest.raises(ZeroDivisionError):
        mapping.get_or_compute(Key(), compute)
    broken = False
    assert mapping.get_or_compute(key, lambda _: 3) == 3


def test_get_or_compute_keeps_the_counts() -> None:
    """Computing, failing, waiting and finding leave each object with as many references as before."""
    key, value = Token(1), Token(2)
    mapping: Any_ = ConcurrentDict()
    before = sys.getrefcount(key), sys.getrefcount(value)
    for _ in range(100):
        with pytest.raises(ZeroDivisionError):
            mapping.get_or_compute(key, fail)
        mapping.get_or_compute(key, lambda _: value)
        mapping.get_or_compute(key, fail)
        with pytest.raises(RuntimeError):
            mapping.get_or_compute(value, lambda _: mapping.get_or_compute(value, fail))
        mapping.clear()
    assert (sys.getrefcount(key), sys.getrefcount(value)) == before


def test_update_value_returns_what_it_stored() -> None:
    """The function gets the value, or the default where there is none; its result is stored and returned."""
    mapping: Any_ = ConcurrentDict(a=1)
    assert mapping.update_value("a", lambda value: value + 1) == 2
    assert mapping.update_value("b", lambda value: [*value, 1], []) == [1]
    assert mapping == {"a": 2, "b": [1]}
    with pytest.raises(KeyError, match="'c'"):
        mapping.update_value("c", fail)
    for key in ("a", "c"):
        with pytest.raises(ZeroDivisionError):
            mapping.update_value(key, fail, 0)
    assert mapping == {"a": 2, "b": [1]}


def test_update_value_runs_again_where_the_value_has_changed() -> None:
    """A function whose value is replaced, removed or added meanwhile runs again with what there is then."""
    mapping: Any_ = ConcurrentDict()
    for change in (lambda: mapping.__setitem__(1, "new"), lambda: mapping.pop(1)):
        mapping[1] = "old"
        seen: list[object] = []

        def function(value: object) -> str:
            seen.append(value)  # noqa: B023 - used at once
            if len(seen) == 1:  # noqa: B023
                change()  # noqa: B023
            return f"{value} updated"

        mapping.update_value(1, function, "default")
        assert mapping == {1: f"{seen[-1]} updated"}
        assert seen in (["old", "new"], ["old", "default"])
    mapping.clear()
    mapping.update_value(1, lambda value: mapping.setdefault(1, 5) + value, 0)
    assert mapping == {1: 10}


def test_reentrant_update_value_is_an_error() -> None:
    """An update_value() for an equal key inside the function is a RuntimeError; for one of the same hash it is not."""
    mapping: Any_ = ConcurrentDict()
    with pytest.raises(RuntimeError, match="reentrant update"):
        mapping.update_value(1, lambda _: mapping.update_value(1.0, str, 0), 0)
    assert hash(-1) == hash(-2)
    assert mapping.update_value(-1, lambda _: mapping.update_value(-2, lambda value: value + 1, 0), 0) == 1
    assert mapping == {-1: 1, -2: 1}
    other: Any_ = ConcurrentDict()
    assert mapping.update_value(1, lambda _: other.update_value(1, lambda value: value + 1, 0), 0) == 1


WAITING = """
import os, signal, sys, threading, time
from ungil import ConcurrentDict
signal.signal(signal.SIGINT, signal.default_int_handler)
mapping, begun = ConcurrentDict(), threading.Event()
def slow(key):
    begun.set()
    time.sleep(1000)
def ask():
    mapping.get_or_compute(1, slow)
threading.Thread(target=ask, daemon=True).start()
begun.wait()
"""

INTERRUPTED = """
def interrupt():
    time.sleep(0.3)
    os.kill(os.getpid(), signal.SIGINT)
threading.Thread(target=interrupt).start()
try:
    mapping.get_or_compute(1, str)
except KeyboardInterrupt:
    print("interrupted", mapping.get_or_compute(2, str), flush=True)
"""

WAITERS = """
threads = [threading.Thread(target=ask, daemon=True) for _ in range(4)]
[thread.start() for thread in threads]
time.sleep(0.3)
print("done", flush=True)
"""

FORKED = """
threading.Thread(target=ask, daemon=True).start()
time.sleep(0.2)
child = os.fork()
if child == 0:
    ok = mapping.get_or_compute(1, str) == "1" and mapping.get_or_compute(1, int) == "1"
    os._exit(0 if ok else 1)
print("child", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs os.kill() with SIGINT")
def test_ctrl_c_ends_waiting() -> None:
    """A thread that waits for another one's computation is woken by Ctrl-C, and the mapping works on."""
    code, output = run_child(WAITING + INTERRUPTED, deadline=30)
    assert (code, output.splitlines()[0]) == (0, "interrupted 2")


def test_shutdown_does_not_wait() -> None:
    """The interpreter ends though daemon threads compute and wait."""
    code, output = run_child(WAITING + WAITERS, deadline=30)
    assert (code, output.splitlines()[0]) == (0, "done")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork()")
def test_a_forked_child_computes_itself() -> None:
    """In a forked child a computation of a thread that is not there counts as none."""
    code, output = run_child(WAITING + FORKED, options=("-W", "ignore"), deadline=30)
    assert (code, output.splitlines()[0]) == (0, "child 0")
