"""AtomicReference: what each method does, that threads cannot come between, and that nothing leaks."""

import copy
import pickle
import subprocess
import sys
import textwrap
import weakref
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import NoReturn

import pytest
from tests.concurrency import until_caught
from tests.sync import reference_stress
from tests.sync.builds import needs_parallel_threads, run_child
from tests.sync.reference_stress import Token

from ungil import AtomicReference

Stress = Callable[[reference_stress.Make], None]


@pytest.mark.parametrize("stress", [*reference_stress.ALL, reference_stress.objects_are_alive_when_read])
def test_holds_under_threads(stress: Stress) -> None:
    """What the stress function asserts holds for AtomicReference."""
    stress(AtomicReference)


@needs_parallel_threads
@pytest.mark.parametrize("stress", reference_stress.ALL)
def test_stress_catches_the_racy_twin(stress: Stress, racy: ModuleType) -> None:
    """The same stress function fails on the twin that reads and replaces in two steps."""
    until_caught(lambda: stress(racy.RacyReference))


USE_AFTER_FREE = """
from pathlib import Path
from tests.concurrency import until_caught
from tests.ext.build import load_extension
from tests.sync.reference_stress import objects_are_alive_when_read
racy = load_extension(Path(sys.argv[1]))
until_caught(lambda: objects_are_alive_when_read(racy.RacyReference), deadline=20)
print("caught")
"""


@needs_parallel_threads
def test_stress_catches_an_uncounted_read(racy_path: Path) -> None:
    """On the twin whose get() counts too late, the reading stress fails or crashes its process."""
    try:
        code, output = run_child(USE_AFTER_FREE, str(racy_path), deadline=60)
    except subprocess.TimeoutExpired:
        return  # past its own deadline and still running: with a corrupted heap it may hang as well as crash
    assert code < 0 or output.endswith("caught\n"), output


def test_methods_return_what_they_say() -> None:
    """Each method, used by one thread, returns what its docstring says."""
    one, two = Token(1), Token(2)
    cell = AtomicReference(one)
    assert cell.get() is one
    assert cell.set(two) is None  # type: ignore[func-returns-value]
    assert cell.exchange(one) is two
    assert not cell.compare_and_set(two, two)
    assert cell.compare_and_set(one, two)
    assert cell.update(lambda before: Token(before.number + 1)).number == 3


def test_compares_by_identity() -> None:
    """compare_and_set() takes only the very object, not an equal one."""
    held: tuple[int, ...] = tuple([1, 2])  # noqa: C409 - a literal would be one object
    equal = tuple([1, 2])  # noqa: C409
    cell = AtomicReference(held)
    assert not cell.compare_and_set(equal, ())
    assert cell.compare_and_set(held, equal)
    assert cell.get() is equal


def test_is_none_unless_told_otherwise() -> None:
    """Without a value or without __init__ it holds None; the value may be named; others are a TypeError."""
    assert AtomicReference().get() is None
    assert AtomicReference(value=3).get() == 3
    bare: AtomicReference[object] = AtomicReference.__new__(AtomicReference)
    assert bare.get() is None
    assert bare.compare_and_set(None, 1)
    assert AtomicReference.__new__(AtomicReference).exchange(2) is None
    with pytest.raises(TypeError):
        AtomicReference(1, 2)  # type: ignore[call-overload]


def fail(_: object) -> NoReturn:
    """Raise a ZeroDivisionError."""
    raise ZeroDivisionError


def counts(*objects: object) -> list[int]:
    """The reference count of each object."""
    return [sys.getrefcount(item) for item in objects]


def test_every_method_keeps_the_counts() -> None:
    """After any number of calls of any method, with any outcome, each object has as many references as before."""
    one, two = Token(1), Token(2)
    cell = AtomicReference(one)
    before = counts(one, two)
    for _ in range(100):
        cell.get()
        cell.set(one)
        cell.exchange(two)
        cell.exchange(one)
        cell.compare_and_set(two, two)
        cell.compare_and_set(one, one)
        cell.compare_and_set(one, two)
        cell.update(lambda _: one)
        repr(cell)
        cell.__init__(one)  # type: ignore[misc]
        with pytest.raises(ZeroDivisionError):
            cell.update(fail)
    assert counts(one, two) == before


def test_releases_what_it_replaces_and_what_it_holds() -> None:
    """An object lives as long as it is held: until it is replaced, or until the AtomicReference is gone."""
    first, last = Token(1), Token(2)
    references = [weakref.ref(first), weakref.ref(last)]
    cell = AtomicReference(first)
    del first
    assert references[0]() is not None
    cell.set(last)
    assert references[0]() is None
    del last
    assert references[1]() is not None
    del cell
    assert references[1]() is None


class _Reentrant:
    """Uses the reference that it is being released from."""

    def __init__(self, cell: AtomicReference[object], seen: list[str]) -> None:
        self.cell = cell
        self.seen = seen

    def __del__(self) -> None:
        self.seen.append(repr(self.cell))  # not the object: that would keep it alive
        self.cell.compare_and_set("second", "third")


def test_finalizer_of_the_replaced_object_may_use_the_reference() -> None:
    """The old object is released after the step, so its finalizer sees the new one and may replace it."""
    cell: AtomicReference[object] = AtomicReference()
    seen: list[str] = []
    cell.set(_Reentrant(cell, seen))
    cell.set("second")
    assert (seen, cell.get()) == (["AtomicReference('second')"], "third")


class _Updates:
    """An object whose finalizer updates the reference that it was in."""

    def __init__(self, cell: AtomicReference[object]) -> None:
        self._cell = cell

    def __del__(self) -> None:
        """Update."""
        self._cell.update(lambda value: (value, "updated"))


def test_finalizer_of_what_update_replaced_may_update() -> None:
    """update() inside the finalizer of the object that update() has just replaced is no reentrant one."""
    cell: AtomicReference[object] = AtomicReference()
    cell.set(_Updates(cell))
    assert cell.update(lambda _: "second") == "second"
    assert cell.get() == ("second", "updated")


FINALIZERS = """
from tests.concurrency import run_threads
from ungil import AtomicReference
class Reentrant:
    def __del__(self):
        done.append(repr(cell))
        cell.compare_and_set("second", "third")
def work(worker):
    for _ in range(500):
        cell.set(Reentrant())
        cell.exchange("second")
cell, done = AtomicReference(), []
run_threads(*[work] * 4)
cell.set(None)
print(len(done))
"""


def test_finalizers_may_use_the_reference_under_threads() -> None:
    """Finalizers that replace the object while other threads replace it too all run, once, and nothing is stuck."""
    # In a process of its own: to the interpreter, what an ended thread left may belong to a later thread
    # that has the same identifier, which then finalizes it when it pleases.
    assert run_child(FINALIZERS) == (0, "2000\n")


def test_repr_survives_a_reference_to_itself() -> None:
    """A circle of references prints as dots where it closes."""
    cell: AtomicReference[object] = AtomicReference()
    cell.set([cell])
    assert repr(cell) == "AtomicReference([...])"
    cell.set(None)
    assert repr(cell) == "AtomicReference(None)"


CYCLES = """
import gc, weakref
from ungil import AtomicReference
class Node(AtomicReference):
    pass
def circle():
    ours, theirs = AtomicReference(), Node()
    ours.set(theirs)
    theirs.set(ours)
    theirs.me = theirs
    return weakref.ref(ours), weakref.ref(theirs)
references = circle()
gc.collect()
print([reference() for reference in references])
"""


def test_collector_frees_circles() -> None:
    """The garbage collector sees through an AtomicReference and through a subclass of it."""
    assert run_child(CYCLES) == (0, "[None, None]\n")


COLLECTED = """
import gc, threading
from ungil import AtomicReference
def churn(n):
    for _ in range(n):
        one, two = AtomicReference(), AtomicReference()
        one.set(two); two.set([one])
def collect(n):
    for _ in range(n):
        gc.collect()
threads = [threading.Thread(target=churn, args=(20_000,)) for _ in range(2)]
threads.append(threading.Thread(target=collect, args=(50,)))
[thread.start() for thread in threads]; [thread.join() for thread in threads]
gc.collect()
print(sum(isinstance(item, AtomicReference) for item in gc.get_objects()))
"""


def test_collector_runs_beside_threads_that_replace() -> None:
    """Collections while other threads make and link circles free all of them and crash nothing."""
    assert run_child(COLLECTED) == (0, "0\n")


def test_a_long_chain_is_freed_without_a_stack_overflow() -> None:
    """Freeing the first of a hundred thousand linked references frees them all."""
    source = "from ungil import AtomicReference as R\nr = R()\nfor _ in range(100_000): r = R(r)\ndel r\nprint('freed')"
    assert run_child(source) == (0, "freed\n")


def test_is_generic() -> None:
    """AtomicReference[T] can be written, printed and called."""
    alias = AtomicReference[int]
    assert str(alias).endswith("AtomicReference[int]")
    assert alias(3).get() == 3


class Named(AtomicReference[int]):
    """A subclass with an attribute of its own."""

    name = "cell"


def test_subclass_and_weak_reference() -> None:
    """A subclass has attributes and its own name in repr(); a weak reference ends with the object."""
    named = Named(3)
    named.name = "other"
    reference = weakref.ref(named)
    assert (named.name, repr(named), reference()) == ("other", "Named(3)", named)
    del named
    assert reference() is None


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, pickle.dumps])
def test_refuses_to_be_copied(duplicate: Callable[[object], object]) -> None:
    """Copying and pickling are a TypeError that says what to do instead."""
    with pytest.raises(TypeError, match=r"cannot copy or pickle AtomicReference.*what it holds instead"):
        duplicate(AtomicReference())


@pytest.mark.parametrize("count", [0, 1, 3])
def test_refuses_a_wrong_number_of_arguments(count: int) -> None:
    """compare_and_set() without exactly two arguments is a TypeError that says how many there were."""
    with pytest.raises(TypeError, match=rf"exactly 2 positional arguments \({count} given\)"):
        AtomicReference().compare_and_set(*[None] * count)


def test_exception_in_update_leaves_the_object() -> None:
    """An exception from the function comes out of update(), and the object is what it was."""
    cell = AtomicReference(7)
    with pytest.raises(ZeroDivisionError):
        cell.update(lambda value: value // 0)
    with pytest.raises(TypeError, match="not callable"):
        cell.update(8)  # type: ignore[arg-type]
    assert cell.get() == 7


def test_reentrant_update_is_an_error() -> None:
    """An update() inside the function given to update() of the same object is a RuntimeError; of another it is not."""
    cell, other = AtomicReference(1), AtomicReference(1)
    with pytest.raises(RuntimeError, match="reentrant update"):
        cell.update(lambda _: cell.update(lambda value: value + 1))
    assert cell.update(lambda value: value + other.update(lambda inner: inner + 1)) == 3


def test_import_brings_in_nothing_else() -> None:
    """`import ungil` imports no module but the package, its extension and what is compiled into the interpreter."""
    # What finds the package may need these; in an editable install it is a finder written in Python.
    found_by = "{'types', 'warnings', *(name for name in sys.modules if name.startswith('importlib'))}"
    source = f"""
        before = {{*sys.modules, *sys.builtin_module_names}}
        import ungil
        print(sorted({{*sys.modules}} - before - {found_by}))
    """
    assert run_child(textwrap.dedent(source)) == (0, "['ungil', 'ungil._sync']\n")
