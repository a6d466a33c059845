"""ShardedCounter: what each method does, that nothing is lost, and when it is freed."""

import copy
import os
import pickle
import sys
import sysconfig
import weakref
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from tests.concurrency import run_threads, until_caught
from tests.sync import counter_stress
from tests.sync.builds import needs_parallel_threads, run_child

from ungil import AtomicInteger, ShardedCounter

MAX = 2**63 - 1
MIN = -(2**63)
FREE_THREADED_BUILD = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))

Stress = Callable[[Any], None]


@pytest.mark.parametrize("stress", [*counter_stress.ALL, counter_stress.a_second_thread_loses_nothing])
def test_holds_under_threads(stress: Stress) -> None:
    """What the stress function asserts holds for ShardedCounter."""
    stress(ShardedCounter)


@needs_parallel_threads
@pytest.mark.parametrize("stress", counter_stress.ALL)
def test_stress_catches_shared_cells(stress: Stress, racy_counters: ModuleType) -> None:
    """The same stress function fails on the twin whose threads add to one cell by load and store."""
    until_caught(lambda: stress(racy_counters.RacyHashedCounter))


@needs_parallel_threads
def test_stress_catches_a_number_that_moves(racy_counters: ModuleType) -> None:
    """The stress of the second thread's first addition fails on the twin that then moves what the first has added."""
    until_caught(lambda: counter_stress.a_second_thread_loses_nothing(racy_counters.RacyMovingCounter))


def test_methods_return_what_they_say() -> None:
    """add() and increment() return None; sum(), int(), bool() and repr() are what was added."""
    counter = ShardedCounter()
    assert (counter.sum(), int(counter), bool(counter), repr(counter)) == (0, 0, False, "<ShardedCounter sum=0>")
    assert counter.add(41) is None  # type: ignore[func-returns-value]
    assert counter.increment() is None  # type: ignore[func-returns-value]
    assert (counter.sum(), int(counter), bool(counter), repr(counter)) == (42, 42, True, "<ShardedCounter sum=42>")
    counter.add(-50)
    assert (counter.sum(), repr(counter)) == (-8, "<ShardedCounter sum=-8>")


def refused_additions(counter: ShardedCounter, amount: int, times: int) -> int:
    """How many of several additions were refused, each of which left the sum as it was, unlike the others."""
    refused = 0
    for _ in range(times):
        before = counter.sum()
        try:
            counter.add(amount)
        except OverflowError:
            assert counter.sum() == before
            refused += 1
        else:
            assert counter.sum() == before + amount
    return refused


@pytest.mark.parametrize("amount", [MAX, MIN])
def test_an_addition_fits_or_is_refused(amount: int) -> None:
    """What its part of the sum has no room for raises OverflowError and changes nothing, alone and beside others."""
    counter = ShardedCounter()
    assert refused_additions(counter, amount, 4) == 3
    with pytest.raises(OverflowError, match="the ShardedCounter is unchanged"):
        counter.add(amount)
    run_threads(*[lambda _: counter.increment()] * 2)
    assert refused_additions(counter, amount, 4) >= 3  # all of them where another thread has added to the same part
    assert refused_additions(counter, 1 if amount < 0 else -1, 4) == 0


# In a process with so few threads each has a part of its own, even where there is but one processor.
WIDE = """
import threading
from ungil import ShardedCounter
def alternate(counter, amount):
    for _ in range(2):
        thread = threading.Thread(target=counter.add, args=(amount,))
        counter.add(amount)  # at first to the part inside the object, then to one beside it
        if not counter.sum() == amount * 3:
            thread.start()
            thread.join()
    return counter.sum()
for amount in (2**63 - 1, -2**63, 2**62 + 12345, -(2**62) - 54321):
    assert alternate(ShardedCounter(), amount) == 3 * amount, amount
print(repr(ShardedCounter()))
"""


def test_the_sum_may_be_of_any_size() -> None:
    """Where the parts of several threads need more than 64 bits together, sum() is exact all the same."""
    assert run_child(WIDE) == (0, "<ShardedCounter sum=0>\n")


@pytest.mark.parametrize("wrong", ["1", 1.0, None, b"1"])
def test_refuses_what_is_not_an_int(wrong: Any) -> None:  # noqa: ANN401 - no one type is meant
    """An argument without __index__ is a TypeError and changes nothing."""
    counter = ShardedCounter()
    with pytest.raises(TypeError, match="cannot be interpreted as an integer"):
        counter.add(wrong)
    assert counter.sum() == 0


@pytest.mark.parametrize("huge", [MAX + 1, MIN - 1, 10**30])
def test_refuses_what_has_more_than_64_bits(huge: int) -> None:
    """An int beyond 64 bits is an OverflowError that names the limits, and changes nothing."""
    counter = ShardedCounter()
    with pytest.raises(OverflowError, match=r"2\*\*63"):
        counter.add(huge)
    assert counter.sum() == 0


class _Reentrant:
    """An amount that adds to the counter when it is asked how much it is."""

    def __init__(self, counter: ShardedCounter) -> None:
        self.counter = counter

    def __index__(self) -> int:
        self.counter.add(10)
        return 1


def test_an_amount_may_use_the_counter() -> None:
    """Anything with __index__ is an amount, even one that adds to the same counter."""
    counter = ShardedCounter()
    counter.add(True)  # noqa: FBT003 - what is tested
    counter.add(AtomicInteger(40))
    counter.add(_Reentrant(counter))
    assert counter.sum() == 52


def test_new_without_init_is_zero() -> None:
    """An object that __init__ never saw is a usable zero, and __init__ does not set one back."""
    counter = ShardedCounter.__new__(ShardedCounter)
    counter.increment()
    counter.__init__()  # type: ignore[misc]
    assert counter.sum() == 1


def test_takes_no_arguments() -> None:
    """A value to begin with, or one for a method that takes none, is a TypeError."""
    with pytest.raises(TypeError, match="takes at most 0 arguments"):
        ShardedCounter(5)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        ShardedCounter(value=5)  # type: ignore[call-arg]
    for method in (ShardedCounter().increment, ShardedCounter().sum):
        with pytest.raises(TypeError, match="takes no arguments"):
            method(1)  # type: ignore[call-arg]


class _Index:
    """An amount that is the same object at each call."""

    def __init__(self, value: int) -> None:
        self.value = value

    def __index__(self) -> int:
        return self.value


def test_every_method_keeps_the_counts() -> None:
    """After any number of calls, with any outcome, each object has as many references as before."""
    counter, one, huge = ShardedCounter(), _Index(2**40), _Index(2**70)
    counter.add(MAX - 2**60)
    items = (counter, one, one.value, huge, huge.value)
    before = [sys.getrefcount(item) for item in items]
    for _ in range(100):
        counter.add(one)
        counter.increment()
        repr(counter)
        for amount in (huge, MAX):
            with pytest.raises(OverflowError):
                counter.add(amount)
        assert int(counter) == counter.sum()
    assert [sys.getrefcount(item) for item in items] == before


def test_is_freed_at_once_where_one_thread_used_it() -> None:
    """A counter that only one thread added to ends with the last reference to it."""
    counter = ShardedCounter()
    counter.add(3)
    reference = weakref.ref(counter)
    assert reference() is counter
    del counter
    assert reference() is None


FREED = """
import gc, threading, weakref
from ungil import ShardedCounter
class Named(ShardedCounter):
    pass
def used_by_two(make):
    counter = make()
    counter.increment()
    thread = threading.Thread(target=counter.increment)
    thread.start()
    thread.join()
    assert counter.sum() == 2
    return weakref.ref(counter)
gc.disable()
references = [used_by_two(ShardedCounter), used_by_two(Named)]
print([reference() is None for reference in references])
gc.collect()
print([reference() is None for reference in references])
"""


def test_is_freed_by_the_collector_where_two_threads_used_it() -> None:
    """A counter that two threads added to is freed by the garbage collector, and with a GIL at once as well."""
    at_once = [not FREE_THREADED_BUILD] * 2
    assert run_child(FREED) == (0, f"{at_once}\n[True, True]\n")


COLLECTED = """
import gc, threading
from tests.concurrency import run_threads
from ungil import ShardedCounter
class Node(ShardedCounter):
    pass
def churn(worker):
    for _ in range(300):
        node = Node()
        node.me = node
        node.increment()
        thread = threading.Thread(target=node.increment)
        thread.start()
        thread.join()
def collect(worker):
    for _ in range(30):
        gc.collect()
run_threads(churn, collect, churn)
gc.collect()
print(sum(isinstance(item, ShardedCounter) for item in gc.get_objects()))
"""


def test_collector_runs_beside_threads_that_add() -> None:
    """Collections while other threads make counters that hold themselves free all of them and crash nothing."""
    assert run_child(COLLECTED) == (0, "0\n")


CROWD = """
import threading
from ungil import ShardedCounter
counter, threads = ShardedCounter(), 300
start = threading.Barrier(threads)
def work():
    counter.increment()
    start.wait(60)  # all are alive, and have a number
    for _ in range(300):
        counter.add(2)
crowd = [threading.Thread(target=work) for _ in range(threads)]
[thread.start() for thread in crowd]; [thread.join() for thread in crowd]
print(counter.sum() - threads * 601)
"""


def test_more_threads_than_slots() -> None:
    """When more threads are alive than there are parts to have for oneself, still nothing is lost."""
    assert run_child(CROWD) == (0, "0\n")


FORK = """
import os, signal, threading, warnings
from tests.concurrency import run_threads
from ungil import ShardedCounter
warnings.simplefilter("ignore", DeprecationWarning)  # that other threads run is what is tested
counter, stop = ShardedCounter(), threading.Event()
def work():
    while not stop.wait(0.001):  # or fork() would wait for each of these threads to be given a processor
        for _ in range(1_000):
            counter.increment()
threads = [threading.Thread(target=work) for _ in range(2)]
[thread.start() for thread in threads]
def child():
    signal.alarm(60)
    before = counter.sum()
    counter.add(5)
    run_threads(*[lambda _: [counter.increment() for _ in range(100)]] * 4)
    return 0 if counter.sum() == before + 405 else 1
for _ in range(3):
    pid = os.fork()
    if pid == 0:
        os._exit(child())
    assert os.waitpid(pid, 0)[1] == 0
stop.set()
[thread.join() for thread in threads]
print("done")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork() on this system")
def test_counts_in_a_forked_child() -> None:
    """A child that was forked while other threads added goes on from what it found, in its threads too."""
    assert run_child(FORK) == (0, "done\n")


SHUTDOWN = """
import threading
from ungil import ShardedCounter
counter, started = ShardedCounter(), threading.Barrier(4)
def work():
    started.wait(60)
    while True:
        counter.increment()
for _ in range(3):
    threading.Thread(target=work, daemon=True).start()
started.wait(60)
print(counter.sum() >= 0)
"""


def test_interpreter_ends_while_threads_add() -> None:
    """The interpreter shuts down in peace while daemon threads add."""
    assert run_child(SHUTDOWN) == (0, "True\n")


class _Named(ShardedCounter):
    """A subclass with an attribute and an __init__ of its own."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name


def test_subclass_keeps_its_attributes() -> None:
    """A subclass has attributes, its own __init__ and its own name in repr()."""
    named = _Named("requests")
    named.increment()
    assert (named.name, repr(named)) == ("requests", "<_Named sum=1>")


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, pickle.dumps])
def test_refuses_to_be_copied(duplicate: Callable[[object], object]) -> None:
    """Copying and pickling are a TypeError that says why."""
    with pytest.raises(TypeError, match="cannot copy or pickle ShardedCounter: it is memory shared by the threads"):
        duplicate(ShardedCounter())
