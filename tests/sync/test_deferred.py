"""defer_refcount: what it takes, what it refuses, and who frees the object afterwards."""

import gc
import sysconfig
from collections.abc import Callable

import pytest
from tests.concurrency import Worker, run_threads
from tests.sync.builds import run_child

from ungil import AtomicInteger, AtomicReference, RunningStatistics, defer_refcount

FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))


class Plain:
    """An object of any class written in Python."""


class Counter(AtomicInteger):
    """A subclass of a primitive."""


TRACKED: list[Callable[[], object]] = [AtomicInteger, AtomicReference, RunningStatistics, Plain, Counter, dict, list]


@pytest.mark.parametrize("make", TRACKED)
def test_returns_the_same_object(make: Callable[[], object]) -> None:
    """The object itself is returned, however often it is asked for."""
    made = make()
    assert defer_refcount(made) is made
    assert defer_refcount(made) is made


@pytest.mark.parametrize("make", [AtomicInteger, AtomicReference, RunningStatistics])
def test_primitives_are_tracked(make: Callable[[], object]) -> None:
    """The collector tracks the primitives, so that their counts can be deferred."""
    assert gc.is_tracked(make())


@pytest.mark.parametrize("untracked", [3, 10**30, 1.5, "text", b"bytes", None, ()])
def test_refuses_what_the_collector_does_not_track(untracked: object) -> None:
    """An object that only its count could free is a TypeError that says so; on a GIL-enabled build it is returned."""
    if not FREE_THREADED:
        assert defer_refcount(untracked) is untracked
        return
    with pytest.raises(TypeError, match=rf"this {type(untracked).__name__}: the garbage collector does not track it"):
        defer_refcount(untracked)


def test_takes_one_positional_argument() -> None:
    """Other arguments are a TypeError."""
    with pytest.raises(TypeError):
        defer_refcount()  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        defer_refcount(object=[])  # type: ignore[call-arg]


def test_threads_may_defer_the_same_object() -> None:
    """Threads that ask at the same time all get the object, which works as before."""
    counter = AtomicInteger()

    def work(_worker: Worker) -> None:
        for _ in range(1_000):
            assert defer_refcount(counter) is counter
            counter.increment()

    run_threads(*[work] * 4)
    assert counter.get() == 4_000


FREED = """
import gc, weakref
from ungil import AtomicInteger, AtomicReference, RunningStatistics, defer_refcount
gc.disable()
references = [weakref.ref(defer_refcount(make())) for make in (AtomicInteger, AtomicReference, RunningStatistics)]
print([reference() is None for reference in references])
gc.collect()
print([reference() is None for reference in references])
"""


def test_the_collector_frees_a_deferred_object() -> None:
    """On a free-threaded build a deferred object outlives its last use until a collection, on others it does not."""
    assert run_child(FREED) == (0, f"{[not FREE_THREADED] * 3}\n[True, True, True]\n")


SOAK = """
import gc, threading
from ungil import AtomicInteger, AtomicReference, RunningStatistics, defer_refcount
class Holder: pass
counter, holder = defer_refcount(AtomicInteger()), defer_refcount(Holder())
holder.cell, holder.seen = defer_refcount(AtomicReference()), defer_refcount(RunningStatistics())
def work():
    for _ in range(20_000):
        counter.increment()
        holder.cell.set(defer_refcount(AtomicReference(holder.cell.get() and None)))
        holder.seen.push(1)
def collect():
    while not done.is_set():
        gc.collect()
done = threading.Event()
workers, collector = [threading.Thread(target=work) for _ in range(3)], threading.Thread(target=collect)
[thread.start() for thread in (*workers, collector)]
[thread.join() for thread in workers]
done.set()
collector.join()
print(counter.get(), holder.seen.count)
del counter, holder
gc.collect()
print(sum(isinstance(item, (AtomicInteger, AtomicReference, RunningStatistics)) for item in gc.get_objects()))
"""


def test_collections_beside_threads_that_use_deferred_objects() -> None:
    """While threads use deferred objects, collections free none that is in use and all that are not."""
    assert run_child(SOAK) == (0, "60000 60000\n0\n")
