"""BoundedQueue: what each method does, that threads cannot come between, and that nothing leaks."""

import copy
import pickle
import queue
import sys
import weakref
from collections.abc import Callable
from types import ModuleType

import pytest
from tests.concurrency import until_caught
from tests.sync import queue_stress
from tests.sync.builds import needs_parallel_threads, run_child

from ungil import BoundedQueue, QueueClosed

Stress = Callable[[queue_stress.Make], None]


@pytest.mark.parametrize("stress", queue_stress.ALL)
def test_holds_under_threads(stress: Stress) -> None:
    """What the stress function asserts holds for BoundedQueue."""
    stress(BoundedQueue)


@pytest.mark.parametrize("maxsize", [1, 7, 1000])
def test_many_at_once_holds_under_threads(maxsize: int) -> None:
    """Items that go in or come out many at once are neither lost nor doubled nor out of order."""
    queue_stress.many_at_once(maxsize)


@needs_parallel_threads
@pytest.mark.parametrize("stress", [stress for stress in queue_stress.ALL if stress is not queue_stress.one_to_one])
def test_stress_catches_the_twin_without_locks(stress: Stress, racy_queue: ModuleType) -> None:
    """The same stress function fails on the ring that looks and acts in two steps; with two threads that is correct."""
    until_caught(lambda: stress(racy_queue.UnlockedQueue))


@needs_parallel_threads
@pytest.mark.parametrize("stress", [stress for stress in queue_stress.ALL if stress is not queue_stress.filled_exactly])
def test_stress_catches_the_twin_that_publishes_early(stress: Stress, racy_queue: ModuleType) -> None:
    """The same stress function fails on the ring that moves its index before it fills the slot; its count is right."""
    until_caught(lambda: stress(racy_queue.EarlyQueue))


def test_methods_return_what_they_say() -> None:
    """Each method, used by one thread, returns what its docstring says."""
    items: BoundedQueue[int] = BoundedQueue(4)
    assert items.put(1) is None  # type: ignore[func-returns-value]
    assert items.put(2, timeout=0) is None  # type: ignore[func-returns-value]
    assert items.put_nowait(3) is None  # type: ignore[func-returns-value]
    assert items.put_many([4, 5, 6], timeout=0) == 1
    assert (len(items), items.maxsize, items.closed) == (4, 4, False)
    assert items.get() == 1
    assert items.get(timeout=0) == 2
    assert items.get(None) == 3
    assert items.get_nowait() == 4
    assert items.put_many(iter(range(3))) == 3
    assert items.put_many(()) == 0
    assert items.get_many(2) == [0, 1]
    assert items.get_many(2**62, timeout=0) == [2]
    assert items.close() is None  # type: ignore[func-returns-value]
    assert items.closed


def test_goes_round_many_times_and_grows() -> None:
    """Items come out in order while the ring wraps around, and when it grows with its first item in any place."""
    for shift in range(0, 70, 7):
        items: BoundedQueue[int] = BoundedQueue(1000)
        for number in range(shift):
            items.put(number)
            assert items.get() == number
        assert items.put_many(range(2000), timeout=0) == 1000
        assert items.get_many(300) == list(range(300))
        assert items.put_many(range(1000, 2000), timeout=0) == 300
        assert [items.get_nowait() for _ in range(1000)] == list(range(300, 1300))


def test_full_and_empty() -> None:
    """Without room or items in time the standard library's exceptions are raised, and nothing has changed."""
    items: BoundedQueue[int] = BoundedQueue(1)
    for get in (items.get_nowait, lambda: items.get(timeout=1e-3), lambda: items.get_many(1, timeout=0)):
        with pytest.raises(queue.Empty):
            get()
    items.put(1)
    for put in (items.put_nowait, lambda item: items.put(item, timeout=1e-3), lambda item: items.put(item, 0)):
        with pytest.raises(queue.Full):
            put(2)
    assert items.put_many([2, 3], timeout=1e-3) == 0
    assert items.get_many(5) == [1]


def test_closed() -> None:
    """After close() nothing goes in, what is left comes out, and then every way to get says that it is closed."""
    items: BoundedQueue[int] = BoundedQueue(5)
    items.put_many(range(5))
    items.close()
    items.close()
    for put in (items.put, items.put_nowait, lambda item: items.put_many([item]), lambda item: items.put(item, 0)):
        with pytest.raises(QueueClosed, match="the queue is closed"):
            put(9)
    assert items.put_many([]) == 0
    assert (items.get(), items.get_many(2), list(items), list(items)) == (0, [1, 2], [3, 4], [])
    for get in (items.get, items.get_nowait, lambda: items.get(timeout=0), lambda: items.get_many(1)):
        with pytest.raises(QueueClosed):
            get()


@pytest.mark.parametrize("maxsize", [0, -1, -(2**63)])
def test_refuses_a_size_below_one(maxsize: int) -> None:
    """A maxsize that leaves no room is a ValueError that names it."""
    with pytest.raises(ValueError, match=f"maxsize must be at least 1, not {maxsize}"):
        BoundedQueue(maxsize)


@pytest.mark.parametrize("maxsize", [None, "1", 1.0, ()])
def test_refuses_a_size_that_is_no_int(maxsize: object) -> None:
    """A maxsize that is not an int is a TypeError."""
    with pytest.raises(TypeError):
        BoundedQueue(maxsize)  # type: ignore[arg-type]


def test_refuses_no_size_and_a_size_beyond_64_bits() -> None:
    """Without maxsize it is a TypeError; with one that no machine has room for it is an OverflowError."""
    with pytest.raises(TypeError, match="maxsize"):
        BoundedQueue()  # type: ignore[call-arg]
    with pytest.raises(OverflowError):
        BoundedQueue(2**64)


def test_a_huge_size_costs_nothing() -> None:
    """Memory grows with the items, so a queue that is as good as unbounded can be made."""
    items: BoundedQueue[int] = BoundedQueue(maxsize=2**63 - 1)
    assert items.put_many(range(10_000)) == 10_000
    assert (items.maxsize, len(items)) == (2**63 - 1, 10_000)
    got: list[int] = []
    while len(items):
        some = items.get_many(2**63 - 1)
        assert 1_000 <= len(some) <= 2_000 or not len(items)
        got += some
    assert got == list(range(10_000))


@pytest.mark.parametrize("timeout", [-1, -1e-9, float("nan"), float("-inf")])
def test_refuses_a_timeout_that_is_no_time(timeout: float) -> None:
    """A negative timeout is a ValueError, whether or not there is anything to wait for, and nothing is done."""
    items: BoundedQueue[int] = BoundedQueue(2)
    items.put(1)
    for call in (
        lambda: items.put(2, timeout=timeout),
        lambda: items.get(timeout=timeout),
        lambda: items.put_many([2], timeout=timeout),
        lambda: items.get_many(2, timeout=timeout),
    ):
        with pytest.raises(ValueError, match="timeout must be None or a number of seconds that is not negative"):
            call()
    assert items.get_many(5) == [1]


def test_refuses_wrong_arguments() -> None:
    """Missing, surplus and unknown arguments and those of a wrong type are errors that say so, and nothing is done."""
    items: BoundedQueue[object] = BoundedQueue(2)
    items.put(1)
    with pytest.raises(TypeError, match=r"put\(\) takes at least 1 positional argument \(0 given\)"):
        items.put()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"put\(\) takes at least 1 positional argument \(0 given\)"):
        items.put(item=2)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"put\(\) takes at most 2 argument\(s\) \(3 given\)"):
        items.put(1, 2, timeout=3)  # type: ignore[misc]
    with pytest.raises(TypeError, match=r"get\(\) got an unexpected keyword argument 'block'"):
        items.get(block=True)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        items.get(timeout="soon")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        items.put_many(3)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        items.get_many(1.0)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="limit must be at least 1, not 0"):
        items.get_many(0)
    with pytest.raises(TypeError, match="cannot look into a BoundedQueue"):
        1 in items  # noqa: B015 - the error is the point
    assert items.get_many(5) == [1]


def test_exception_in_put_many_puts_nothing() -> None:
    """An iterable that raises is read before the first item is put."""
    items: BoundedQueue[float] = BoundedQueue(5)
    with pytest.raises(ZeroDivisionError):
        items.put_many(1 / (2 - number) for number in range(4))
    assert len(items) == 0


def test_the_iterable_may_use_the_queue() -> None:
    """put_many() holds nothing while it reads, so what it reads may put and get."""
    items: BoundedQueue[int] = BoundedQueue(2)
    items.put(0)
    assert items.put_many(items.get() + 1 for _ in range(1)) == 1
    assert items.get() == 1


def test_without_init_it_holds_one() -> None:
    """An object made by __new__ alone is a queue of one; __init__ may still follow, until it was used."""
    items: BoundedQueue[int] = BoundedQueue.__new__(BoundedQueue)
    assert (items.maxsize, len(items), items.closed) == (1, 0, False)
    items.__init__(2)  # type: ignore[misc]
    items.put_many([1, 2])
    with pytest.raises(RuntimeError, match=r"__init__\(\) of a BoundedQueue that is in use"):
        items.__init__(3)  # type: ignore[misc]
    bare: BoundedQueue[int] = BoundedQueue.__new__(BoundedQueue)
    assert (bare.put_many([1, 2], timeout=0), bare.get(), items.maxsize) == (1, 1, 2)


class Token:
    """An object that can be referred to weakly."""


def test_every_method_keeps_the_counts() -> None:
    """After any number of calls of any method, with any outcome, each object has as many references as before."""
    one, two = Token(), Token()
    both = (one, two)
    items: BoundedQueue[Token] = BoundedQueue(2)
    before = sys.getrefcount(one), sys.getrefcount(two), sys.getrefcount(items)
    for _ in range(100):
        items.put(one)
        items.put(two, timeout=0)
        for put in (items.put_nowait, lambda item: items.put(item, timeout=1e-6)):
            with pytest.raises(queue.Full):
                put(one)
        assert items.put_many(both, timeout=0) == 0
        assert [*items.get_many(1), items.get()] == [one, two]
        assert items.put_many(iter(both)) == 2
        assert items.get_many(9) == [one, two]
        with pytest.raises(queue.Empty):
            items.get(timeout=1e-6)
        with pytest.raises(ValueError, match="timeout"):
            items.put(one, timeout=-1)
    closed: BoundedQueue[Token] = BoundedQueue(1)
    closed.close()
    for _ in range(100):
        with pytest.raises(QueueClosed):
            closed.put(one)
        with pytest.raises(QueueClosed):
            closed.put_many(both)
    del put
    assert (sys.getrefcount(one), sys.getrefcount(two), sys.getrefcount(items)) == before


def test_releases_what_it_held() -> None:
    """An item lives as long as it is in the queue, and no longer than the queue."""
    items: BoundedQueue[Token] = BoundedQueue(100)
    tokens = [Token() for _ in range(100)]
    references = [weakref.ref(token) for token in tokens]
    items.put_many(tokens)
    tokens.clear()
    assert all(reference() is not None for reference in references)
    items.get()
    assert [reference() is None for reference in references] == [True] + [False] * 99
    del items
    assert all(reference() is None for reference in references)


CYCLES = """
import gc, weakref
from ungil import BoundedQueue
class Node(BoundedQueue):
    pass
class Putter:
    def __del__(self):
        self.items.put_nowait(None)
def circle():
    ours, theirs = BoundedQueue(3), Node(3)
    ours.put(theirs)
    theirs.put(ours)
    theirs.me = theirs
    putter = Putter()
    putter.items = theirs
    theirs.put(putter)
    return weakref.ref(ours), weakref.ref(theirs)
references = circle()
gc.collect()
gc.collect()
print([reference() for reference in references])
"""


def test_collector_frees_circles() -> None:
    """The garbage collector sees through a BoundedQueue and a subclass of it, with finalizers that put."""
    assert run_child(CYCLES) == (0, "[None, None]\n")


COLLECTED = """
import contextlib, gc, threading
from ungil import BoundedQueue, QueueClosed
def pass_on(queue):
    with contextlib.suppress(QueueClosed):
        for step in range(20_000):
            queue.put([queue, step])
            queue.get_many(2)
def collect():
    for _ in range(50):
        gc.collect()
queue = BoundedQueue(500)
threads = [threading.Thread(target=pass_on, args=(queue,)) for _ in range(3)]
threads.append(threading.Thread(target=collect))
[thread.start() for thread in threads]
[queue.put([queue]) for _ in range(400)]
threads[-1].join()
queue.put_many([None] * 10**5, timeout=0.1)
queue.close()
del threads, queue
gc.collect()
print("done")
"""


def test_collector_runs_beside_threads_that_put_and_get() -> None:
    """Collections while other threads move the items that the collector visits crash nothing."""
    code, output = run_child(COLLECTED)
    assert (code, output.splitlines()[-1:]) == (0, ["done"]), output


def test_a_long_chain_is_freed_without_a_stack_overflow() -> None:
    """Freeing the first of a hundred thousand queues in queues frees them all."""
    source = """if True:
        from ungil import BoundedQueue
        outer = None
        for _ in range(100_000):
            inner, outer = outer, BoundedQueue(1)
            outer.put(inner)
        del inner, outer
        print("freed")
    """
    assert run_child(source) == (0, "freed\n")


class Named(BoundedQueue[int]):
    """A subclass with an attribute of its own."""

    name = "line"


def test_subclass_weak_reference_and_repr() -> None:
    """A subclass has attributes and its own name in repr(); a weak reference ends with the object."""
    named = Named(3)
    named.name = "other"
    named.put(1)
    assert repr(named) == "<Named maxsize=3 len=1>"
    named.close()
    assert repr(named) == "<Named maxsize=3 len=1 closed>"
    reference = weakref.ref(named)
    assert reference() is named
    del named
    assert reference() is None


def test_is_generic() -> None:
    """BoundedQueue[T] can be written, printed and called."""
    alias = BoundedQueue[int]
    assert str(alias).endswith("BoundedQueue[int]")
    assert alias(3).maxsize == 3


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, pickle.dumps])
def test_refuses_to_be_copied(duplicate: Callable[[object], object]) -> None:
    """Copying and pickling are a TypeError that says why."""
    with pytest.raises(TypeError, match="cannot copy or pickle BoundedQueue: threads of one process wait"):
        duplicate(BoundedQueue(1))


def test_the_exception_can_be_pickled() -> None:
    """QueueClosed is found under the name that it has."""
    assert (pickle.loads(pickle.dumps(QueueClosed)), str(QueueClosed)) == (QueueClosed, "<class 'ungil.QueueClosed'>")  # noqa: S301
