"""Lazy: what get() and `ready` do, that the value is computed once, and what is held and released when."""

import copy
import gc
import pickle
import sys
import threading
import weakref
from collections.abc import Callable
from types import ModuleType
from typing import NoReturn

import pytest
from tests.concurrency import Worker, run_threads, until_caught
from tests.sync import once_stress
from tests.sync.builds import run_child
from tests.sync.once_stress import FailingJob, Failure, Job

from ungil import Lazy, Once


def test_holds_under_threads() -> None:
    """What the stress function asserts holds for Lazy."""
    once_stress.all_get_what_one_call_returned(Lazy)


# Without a mark for builds: the twin calls Python between its two steps, where the GIL goes to the next thread.
def test_stress_catches_the_racy_twin(racy_once: ModuleType) -> None:
    """The same stress function fails on the twin that is ready before its value is there."""
    until_caught(lambda: once_stress.all_get_what_one_call_returned(racy_once.RacyLazy))


def test_get_and_ready_say_what_there_is() -> None:
    """The first get() calls the function, later ones return the same object; `ready` and repr() call nothing."""
    calls = list[int]()

    def function() -> list[int]:
        calls.append(1)
        return [3]

    lazy = Lazy(function)
    assert (lazy.ready, repr(lazy), calls) == (False, "<Lazy: not ready>", [])
    value = lazy.get()
    assert lazy.get() is value
    assert (value, lazy.ready, repr(lazy), calls) == ([3], True, "<Lazy: [3]>", [1])


def test_none_is_a_value() -> None:
    """A function that returns None is called once, too."""
    calls = list[int]()
    lazy = Lazy(lambda: calls.append(1))
    values: list[object] = [lazy.get(), lazy.get()]
    assert (values, lazy.ready, calls) == ([None, None], True, [1])


def test_a_function_that_raises_is_called_again() -> None:
    """Each exception reaches the get() that called the function; the first success is kept."""
    job = FailingJob(3)
    lazy = Lazy(job)
    for failure in reversed(job.failures):
        with pytest.raises(Failure) as caught:
            lazy.get()
        assert caught.value is failure
        assert not lazy.ready
    assert lazy.get() is lazy.get() is job


def test_failures_under_threads_reach_one_caller_each() -> None:
    """Of threads that all ask, each failure reaches one, and those that did not fail get the value."""
    for _ in range(30):
        job = FailingJob(2)
        lazy = Lazy(job)

        def ask(_worker: Worker, lazy: Lazy[Job] = lazy) -> object:
            try:
                return lazy.get()
            except Failure as failure:
                return failure

        answers = run_threads(*[ask] * 4)
        assert {id(answer) for answer in answers} == {id(answer) for answer in (job, *job.failures)}


def fail() -> NoReturn:
    """Raise a ZeroDivisionError."""
    raise ZeroDivisionError


def test_a_function_that_asks_for_its_own_value_gets_an_error() -> None:
    """A get() inside the function of the same Lazy is a RuntimeError; another Lazy's value it may use."""
    other = Lazy(lambda: 1)
    lazy: Lazy[int] = Lazy(lambda: lazy.get() + other.get())
    with pytest.raises(RuntimeError, match="reentrant call"):
        lazy.get()
    assert not lazy.ready
    again: Lazy[int] = Lazy(lambda: other.get() + 1)
    assert again.get() == 2


def test_a_circle_of_lazy_values_is_an_error_in_every_thread() -> None:
    """Two threads whose values need each other's both get a RuntimeError, as one thread would."""
    for _ in range(20):
        pair = list[Lazy[int]]()
        pair += [Lazy(lambda: pair[1].get() + 1), Lazy(lambda: pair[0].get() + 1)]  # noqa: B023 - called in this round

        def ask(worker: Worker, pair: list[Lazy[int]] = pair) -> None:
            with pytest.raises(RuntimeError, match=r"reentrant|deadlock"):
                pair[worker.index].get()

        run_threads(ask, ask)
        assert not any(lazy.ready for lazy in pair)


def test_a_circle_through_a_once_is_seen_too() -> None:
    """A Lazy and a Once that need each other are a circle like any other."""
    once, inside = Once(), threading.Barrier(2)

    def value() -> object:
        inside.wait(60)
        return once.run(int)

    lazy = Lazy(value)

    def through_lazy(_worker: Worker) -> object:
        try:
            return lazy.get()
        except RuntimeError as error:
            inside.abort()  # or the other thread, whose turn it is now, would wait for this one
            return error

    def through_once(_worker: Worker) -> object:
        def function() -> None:
            inside.wait(60)
            lazy.get()

        try:
            return once.run(function)
        except RuntimeError as error:
            inside.abort()
            return error

    answers = run_threads(through_lazy, through_once)
    assert any(isinstance(answer, RuntimeError) for answer in answers)


def test_without_init_there_is_no_function() -> None:
    """An object from __new__ alone is not ready and get() is a RuntimeError; __init__ makes it a Lazy."""
    lazy: Lazy[int] = Lazy.__new__(Lazy)
    assert (lazy.ready, repr(lazy)) == (False, "<Lazy: not ready>")
    with pytest.raises(RuntimeError, match=r"Lazy.__init__\(\) was not called"):
        lazy.get()
    lazy.__init__(int)  # type: ignore[misc]
    assert lazy.get() == 0


def test_the_function_is_given_once() -> None:
    """A second __init__ is a RuntimeError, before the value is there and after, and changes nothing."""
    lazy = Lazy(lambda: 3)
    for _ in range(2):
        with pytest.raises(RuntimeError, match="has a function already"):
            lazy.__init__(int)  # type: ignore[misc]
        assert lazy.get() == 3


def test_refuses_what_is_no_function() -> None:
    """Anything that cannot be called is a TypeError at once, and so is any other number of arguments."""
    with pytest.raises(TypeError, match="takes a function without arguments, not 3"):
        Lazy(3)  # type: ignore[arg-type]
    for arguments in ((), (int, int)):
        with pytest.raises(TypeError):
            Lazy(*arguments)
    with pytest.raises(TypeError):
        Lazy(function=int)
    with pytest.raises(TypeError):
        Lazy(int).get(1)  # type: ignore[call-arg]


def counts(*objects: object) -> list[int]:
    """The reference count of each object."""
    return [sys.getrefcount(item) for item in objects]


def test_every_method_keeps_the_counts() -> None:
    """After any number of calls of any method, with any outcome, each object has as many references as before."""
    job, function = Job(), Job()
    before = counts(job, function)
    for _ in range(100):
        lazy = Lazy(job)
        lazy.get()
        lazy.get()
        repr(lazy)
        with pytest.raises(RuntimeError):
            lazy.__init__(function)  # type: ignore[misc]
        unused = Lazy(function)
        with pytest.raises(ZeroDivisionError):
            Lazy(fail).get()
    del lazy, unused
    assert counts(job, function) == before


class Owner:
    """A function that owns something."""

    def __call__(self) -> int:
        """Return a number."""
        return 3


def test_releases_the_function_with_success_only() -> None:
    """A function lives until it has returned a value, or until the Lazy is gone."""
    owner = Owner()
    used, unused = Lazy(owner), Lazy(Owner())
    reference = weakref.ref(owner)
    del owner
    assert reference() is not None
    used.get()
    assert reference() is None
    assert unused.get() == 3


class Asks(Owner):
    """A function whose finalizer asks for its value."""

    lazy: Lazy[int]
    answers: list[int]

    def __del__(self) -> None:
        """Ask."""
        self.answers.append(self.lazy.get())


def test_the_finalizer_of_the_function_may_use_the_value() -> None:
    """The function is released when the value is there and nobody waits any more."""
    asks = Asks()
    asks.lazy, asks.answers = Lazy(asks), []
    lazy, answers = asks.lazy, asks.answers
    del asks
    assert lazy.get() == 3
    assert answers == [3]


def test_repr_survives_a_value_that_refers_to_its_lazy() -> None:
    """A circle prints as dots where it closes."""
    lazy: Lazy[list[object]] = Lazy(list)
    lazy.get().append(lazy)
    assert repr(lazy) == "<Lazy: [...]>"
    lazy.get().clear()


CYCLES = """
import gc, weakref
from ungil import Lazy
class Node(Lazy):
    pass
def of_value():
    lazy = Lazy(lambda: (node,))
    node = Node(lambda: (lazy,))  # tuples are not cleared: the Lazy has to be
    lazy.get(), node.get()
    return weakref.ref(lazy), weakref.ref(node)
def of_function():
    lazy = Node(lambda: lazy)
    lazy.me = lazy
    return weakref.ref(lazy),
references = *of_value(), *of_function()
gc.collect()
print([reference() for reference in references])
"""


def test_collector_frees_circles() -> None:
    """The garbage collector sees through the value, through the function and through a subclass."""
    assert run_child(CYCLES) == (0, "[None, None, None]\n")


COLLECTED = """
import gc, threading
from ungil import Lazy
def churn(n):
    for _ in range(n):
        lazy = Lazy(lambda: (lazy,))
        if lazy.get()[0] is not lazy or lazy.get() is not lazy.get():
            print("wrong")
def collect(n):
    for _ in range(n):
        gc.collect()
threads = [threading.Thread(target=churn, args=(20_000,)) for _ in range(2)]
threads.append(threading.Thread(target=collect, args=(50,)))
[thread.start() for thread in threads]; [thread.join() for thread in threads]
gc.collect()
print(sum(isinstance(item, Lazy) for item in gc.get_objects()))
"""


def test_collector_runs_beside_threads_that_read() -> None:
    """Collections while other threads make circles free all of them and crash nothing."""
    assert run_child(COLLECTED) == (0, "0\n")


def test_is_tracked_by_the_collector() -> None:
    """What a Lazy holds is found by the collector: the function before, the value after."""
    job = Job()
    lazy = Lazy(job)
    assert gc.is_tracked(lazy)
    assert job in gc.get_referents(lazy)
    value = Lazy(lambda: job)
    assert job not in gc.get_referents(value)
    value.get()
    assert job in gc.get_referents(value)


def test_is_generic() -> None:
    """Lazy[T] can be written, printed and called."""
    alias = Lazy[int]
    assert str(alias).endswith("Lazy[int]")
    assert alias(lambda: 3).get() == 3


class Named(Lazy[int]):
    """A subclass with an attribute of its own."""

    name = "settings"


def test_subclass_and_weak_reference() -> None:
    """A subclass has attributes and its own name in repr(); a weak reference ends with the object."""
    named = Named(int)
    named.name = "other"
    reference = weakref.ref(named)
    assert (named.get(), named.name, repr(named), reference()) == (0, "other", "<Named: 0>", named)
    del named
    assert reference() is None


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, pickle.dumps])
def test_refuses_to_be_copied(duplicate: Callable[[object], object]) -> None:
    """Copying and pickling are a TypeError that says what to do instead."""
    with pytest.raises(TypeError, match=r"cannot copy or pickle Lazy.*what it holds instead"):
        duplicate(Lazy(int))
