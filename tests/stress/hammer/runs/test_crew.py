"""Threads of a crew make their calls in the order that they are told to, and stop where they are told to."""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
import sysconfig
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from ungil import AtomicInteger, _hammer, _sync
from ungil.stress.hammer.models.model import Operation
from ungil.stress.hammer.runs.crew import Crew, NativeTurn, crew_of
from ungil.stress.hammer.runs.text import Reach, loaded_text

pytestmark = pytest.mark.thread_unsafe(reason="one crew works at a time in a process")

FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
free_threaded = pytest.mark.skipif(not FREE_THREADED, reason="who is stopped holds the GIL, and nobody else can run")


def calls(*functions: Callable[[], object]) -> list[Operation]:
    """Operations that ignore the subject."""
    return [Operation(f"call {number}", function, alone=True) for number, function in enumerate(functions)]


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 1, 0], [1, 0, 2, 1, 0]])
def test_calls_are_made_in_the_order_of_the_turns(order: list[int]) -> None:
    """Each thread makes its next call when it is its turn, and in that thread."""
    made: list[tuple[int, int]] = []
    identities: dict[int, set[int]] = {0: set(), 1: set(), 2: set()}

    def call_of(thread: int, number: int) -> Callable[[], None]:
        def call() -> None:
            identities[thread].add(threading.get_ident())
            made.append((thread, number))

        return call

    threads = [calls(*(call_of(thread, number) for number in range(order.count(thread)))) for thread in range(3)]
    counts = [0, 0, 0]
    schedule: list[NativeTurn] = []
    expected = []
    for thread in order:
        expected.append((thread, counts[thread]))
        counts[thread] += 1
        schedule.append((thread, counts[thread], 0, 0))
    with crew_of(3) as crew:
        for _ in range(200):
            made.clear()
            crew.run(None, threads, schedule)
            assert made == expected
    assert all(len(used) <= 1 for used in identities.values())
    assert len(set().union(*identities.values())) == len(set(order))


def test_an_answer_is_what_was_returned_or_raised() -> None:
    """Results and exceptions of each thread come back in the order of its calls."""

    def fail() -> None:
        raise KeyError("x")

    with crew_of(2) as crew:
        (a, b), stops = crew.run(None, [calls(lambda: 1, fail), calls(lambda: "b")], [])
    assert a[0] == (False, 1)
    assert a[1][0]
    assert isinstance(a[1][1], KeyError)
    assert (b, stops) == ([(False, "b")], 0)


def test_all_set_off_together() -> None:
    """Each thread's call begins although none of the others has ended."""
    barrier = threading.Barrier(3, timeout=60)
    with crew_of(3) as crew:
        answers = crew.together(None, [calls(barrier.wait)] * 3, [0, 5, 10], times=20)
    assert Counter(value for thread in answers for _, value in thread) == {0: 20, 1: 20, 2: 20}


def test_a_thread_that_waits_for_another_gives_up_its_turn() -> None:
    """Who sleeps for a lock lets the next one go on, and has the lock once that one has released it."""
    lock = threading.Lock()
    with crew_of(2) as crew:
        answers, _ = crew.run(
            None, [calls(lock.acquire, lock.release), calls(lock.acquire)], [(0, 1, 0, 0), (1, 1, 0, 0), (0, 2, 0, 0)]
        )
    assert answers == [[(False, True), (False, None)], [(False, True)]]


def test_two_threads_that_wait_for_a_third_give_up_their_turns() -> None:
    """A thread that sleeps cannot watch over the turn before its own: whoever waits does."""
    lock = threading.Lock()
    wait = calls(lock.acquire, lock.release)
    schedule = [(0, 1, 0, 0), (1, 1, 0, 0), (2, 2, 0, 0), (1, 2, 0, 0), (0, 2, 0, 0)]
    with crew_of(3) as crew:
        answers, _ = crew.run(None, [wait, wait, wait], schedule)
    assert answers == [[(False, True), (False, None)]] * 3


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # it is: that is what the test is about
def test_a_call_that_forks() -> None:
    """The copy of the process ends where the call does, and the process goes on."""
    with crew_of(2) as crew:
        answers, _ = crew.run(None, [[], calls(os.fork)], [])
    pid = answers[1][0][1]
    assert isinstance(pid, int)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def test_what_is_made_in_a_thread_is_made_in_that_thread() -> None:
    """A maker runs in the thread that is to own what it makes; what it raises reaches the caller."""
    with crew_of(2) as crew:
        assert crew.make(threading.get_ident, 0) == threading.get_ident()
        assert crew.make(threading.get_ident, 1) != threading.get_ident()
        with pytest.raises(ValueError, match="no"):
            crew.make(lambda: int("no"), 1)


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        (lambda: _hammer.Crew(0), ValueError),
        (lambda: _hammer.Crew(9), ValueError),
        (lambda: _hammer.Crew(2).run([[]], []), ValueError),
        (lambda: _hammer.Crew(1).run([[]], [(1, 1, 0, 0)]), ValueError),
        (lambda: _hammer.Crew(1).run([[(len, [], {})]], []), TypeError),  # type: ignore[list-item]
        (lambda: _hammer.Crew(1).serve(0), ValueError),
    ],
)
def test_nonsense_is_refused(wrong: Callable[[], object], error: type[Exception]) -> None:
    """A crew says what is wrong, and nothing runs."""
    with pytest.raises(error):
        wrong()


def test_a_trace_is_of_the_extension(stepping_crew: Crew) -> None:
    """What a call executes of the extension is noted, in order, and what it executes elsewhere is not."""
    text = loaded_text([_sync.__file__])
    stepping_crew.step_through(text.home, [])
    subject = AtomicInteger()
    addresses, cut = stepping_crew.trace(subject, [Operation("increment", "increment")], 10_000)
    assert not cut
    assert len(addresses) > 3
    assert all(text.reach(address) is Reach.EXTENSION for address in addresses)
    assert stepping_crew.trace(subject, [Operation("increment", "increment")], 10_000) == (addresses, False)
    assert stepping_crew.trace(subject, [Operation("increment", "increment")], 3) == (addresses[:3], True)
    assert stepping_crew.trace(subject, [Operation("hash", hash)], 10_000) == ([], False)


def test_a_trace_follows_callbacks(stepping_crew: Crew) -> None:
    """Python code that the extension calls, and that calls the extension, is traced on both sides."""
    stepping_crew.step_through(loaded_text([_sync.__file__]).home, [])
    inner, outer = AtomicInteger(), AtomicInteger()

    def warm(subject: AtomicInteger, name: str, *args: object) -> list[int]:
        stepping_crew.trace(subject, [Operation(name, name, args)], 10_000)
        return stepping_crew.trace(subject, [Operation(name, name, args)], 10_000)[0]

    plain = warm(outer, "update", int)
    nested = warm(outer, "update", lambda value: value + inner.get())
    get = warm(inner, "get")
    assert get
    assert len(nested) >= len(plain) + len(get)


@free_threaded
def test_a_stop_shows_a_lost_update(stepping_crew: Crew, racy: ModuleType) -> None:
    """A twin that loads, adds and stores loses a step if it is stopped in between; nothing is lost elsewhere."""
    totals = totals_at_stops(stepping_crew, racy.RacyInteger, racy.__file__)
    assert set(totals) == {1, 2}
    assert (totals[0], totals[-1]) == (2, 2)


@free_threaded
def test_a_stop_shows_no_lost_update_where_there_is_none(stepping_crew: Crew) -> None:
    """An atomic integer loses nothing, wherever a thread is stopped in it."""
    assert set(totals_at_stops(stepping_crew, AtomicInteger, _sync.__file__)) == {2}


def totals_at_stops(crew: Crew, make: Callable[[], object], file: str | None) -> list[object]:
    """The value after two threads have incremented, the first one being stopped at each instruction in turn."""
    assert file is not None
    crew.step_through(loaded_text([file]).home, [])
    increment, get = [Operation("increment", "increment")], [Operation("get", "get")]
    addresses, _ = crew.trace(make(), increment, 10_000)
    totals = []
    for address in addresses:
        for _ in range(20):  # a machine that is too busy may let a turn pass
            subject = make()
            turns = [(0, 1, address, 1), (1, 1, 0, 0), (0, 1, 0, 0)]
            _, stops = crew.run(subject, [increment, increment], turns)
            if stops:
                break
        assert stops == 1
        totals.append(crew.alone(subject, get, 0)[0][1])
    return totals


@free_threaded
def test_a_stop_at_the_second_time(stepping_crew: Crew) -> None:
    """Times are counted from the begin of a turn, over all of its calls."""
    stepping_crew.step_through(loaded_text([_sync.__file__]).home, [])
    increment = Operation("increment", "increment")
    addresses, _ = stepping_crew.trace(AtomicInteger(), [increment], 10_000)
    seen = []
    for hit in (1, 2, 3):
        subject = AtomicInteger()
        turns = [(0, 2, addresses[0], hit), (1, 1, 0, 0), (0, 2, 0, 0)]
        answers, stops = stepping_crew.run(subject, [[increment, increment], [increment]], turns)
        seen.append((answers[1][0][1], stops))
    assert seen == [(1, 1), (2, 1), (3, 0)]


@free_threaded
def test_two_stops(stepping_crew: Crew) -> None:
    """A stops, B stops, A ends, B ends."""
    stepping_crew.step_through(loaded_text([_sync.__file__]).home, [])
    increment = [Operation("increment", "increment")]
    addresses, _ = stepping_crew.trace(AtomicInteger(), increment, 10_000)
    subject = AtomicInteger()
    stop = addresses[0]
    turns = [(0, 1, stop, 1), (1, 1, stop, 1), (0, 1, 0, 0), (1, 1, 0, 0)]
    answers, stops = stepping_crew.run(subject, [increment, increment], turns)
    assert (answers, stops) == ([[(False, 1)], [(False, 2)], []], 2)


@pytest.mark.skipif(sys.platform != "linux", reason="only there are signals taken")
def test_signals_of_others_reach_them() -> None:
    """A handler for SIGTRAP that was there before a crew gets what is not the crew's, during and after it."""
    got: list[int] = []
    before = signal.signal(signal.SIGTRAP, lambda number, _: got.append(number))
    try:
        with crew_of(2) as crew:
            crew.step_through([], [])
            crew.run(None, [calls(lambda: None), []], [])
            signal.raise_signal(signal.SIGTRAP)
        signal.raise_signal(signal.SIGTRAP)
    finally:
        signal.signal(signal.SIGTRAP, before)
    assert got == [signal.SIGTRAP] * 2
    assert faulthandler.is_enabled()  # pytest's, for SIGSEGV, was put back as well


@pytest.mark.skipif(sys.platform != "linux", reason="only there are native stacks written")
def test_native_stacks_are_written_when_asked_for(tmp_path: Path) -> None:
    """Every thread of a crew writes where it stands, the one that waits in a call as well."""
    held = threading.Lock()
    held.acquire()

    def ask_and_release() -> None:
        os.kill(os.getpid(), signal.SIGRTMIN + 3)
        held.release()

    with (tmp_path / "stacks").open("w+b") as file, crew_of(2) as crew:
        assert _hammer.write_stacks_on(signal.SIGRTMIN + 3, 0, file.fileno()) == ""
        asking = threading.Timer(0.2, ask_and_release)
        asking.start()
        crew.run(None, [[], calls(held.acquire)], [])
        asking.join()
        written = wait_for(file.fileno(), b"thread 1")
    assert written.count(b"0x") > 4
    held.release()


def wait_for(file: int, text: bytes) -> bytes:
    """What a file holds, once that is part of it."""
    for _ in range(1000):
        written = os.pread(file, 100_000, 0)
        if text in written:
            return written
        threading.Event().wait(0.01)
    raise AssertionError(written)
