"""What must hold for every type that ungil exports, whoever adds the next one."""

import inspect
import sys
import weakref

import pytest
from tests.sync.anything import TYPES, members, objects
from tests.sync.builds import ROOT, run_child

PUBLIC = [(kind, name) for kind in TYPES for name in members(kind) if not name.startswith("_")]

ANYTHING = """
import faulthandler, random
from tests.sync.anything import call_everything
faulthandler.dump_traceback_later(60, exit=True)
for seed in range(200):
    returned = call_everything(random.Random(seed))
    assert returned > 50, returned
print("survived")
"""


def test_survives_any_arguments() -> None:
    """No argument of any method crashes or makes it wait, with or without __init__ and in a subclass."""
    assert run_child(ANYTHING) == (0, "survived\n")


TOGETHER = """
import faulthandler, random
from tests.concurrency import run_threads
from tests.sync.anything import TYPES, call_members, objects
faulthandler.dump_traceback_later(60, exit=True)
for seed in range(20):
    shared = [(kind, item) for kind in TYPES for item in objects(kind)]
    def work(worker):
        for _ in range(3):
            for kind, item in worker.random.sample(shared, len(shared)):
                call_members(kind, item, worker.random)
    run_threads(*[work] * 4, seed=seed)
print("survived")
"""


def test_survives_any_calls_at_the_same_time() -> None:
    """Threads that call anything on the same objects crash nothing and wait for nothing for ever."""
    assert run_child(TOGETHER) == (0, "survived\n")


GROWTH = """
import random
from tests.sync.anything import growth
print(growth(1_000, random.Random(1)))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads the resident memory from /proc")
def test_memory_does_not_grow() -> None:
    """Calling everything thousands of times, errors included, leaves the process as large as it was once warm."""
    code, output = run_child(GROWTH)
    assert code == 0, output
    assert int(output) < 4 * 2**20  # of 30,000 objects and 400,000 calls: what leaks 16 bytes a call is seen


@pytest.mark.parametrize("kind", TYPES)
def test_weak_references_and_subclasses(kind: type) -> None:
    """Objects with and without __init__ and of a subclass can be referenced weakly; the last use frees them."""
    for item in objects(kind):
        reference = weakref.ref(item)
        assert reference() is item
        assert type(item).__name__ in repr(item)
        del item
        assert reference() is None


@pytest.mark.parametrize("kind", TYPES)
def test_says_what_threads_may_do(kind: type) -> None:
    """The docstring of every type has a paragraph on thread safety."""
    assert "Thread safety:" in str(kind.__doc__)


@pytest.mark.parametrize(("kind", "name"), PUBLIC)
def test_every_member_is_documented(kind: type, name: str) -> None:
    """Every method has a signature, and every method and property a docstring."""
    member = vars(kind)[name]
    assert member.__doc__
    if callable(member) and not member.__doc__.startswith(f"{name}("):  # nanobind's own methods begin with it
        assert inspect.signature(member).parameters


@pytest.mark.parametrize("kind", TYPES)
def test_the_guide_tells_of_every_type(kind: type) -> None:
    """docs/primitives.md names every type in both of its tables: what it is for, and what was decided about it."""
    guide = (ROOT / "docs" / "primitives.md").read_text(encoding="utf-8")
    assert guide.count(f"`{kind.__name__}`") >= 2


def test_everything_is_exported() -> None:
    """Every public name of the extension is exported by the package, and nothing else but the version."""
    import ungil._sync  # noqa: PLC0415 - the one place that has business with it

    public = {name for name in vars(ungil._sync) if not name.startswith("_")}  # noqa: SLF001
    assert set(ungil.__all__) == public | {"__version__"}


SHUTDOWN = """
import os, threading, time
import ungil
entered = threading.Event()
def stay(*_):
    entered.set()
    while True:
        time.sleep(0.001)
class Key:
    def __hash__(self): return 1
    def __eq__(self, other): return stay()
def forever():
    yield stay()
class Finalized:
    def __del__(self): stay()
class Late:
    # Called when daemon threads are stopped already, and gives them the time to come back and notice.
    def __init__(self): self.sleep = time.sleep
    def __del__(self): self.sleep(0.2)
os.late = Late()
def calls():
    yield lambda: ungil.AtomicInteger().update(stay)
    yield lambda: ungil.AtomicReference().update(stay)
    yield lambda: ungil.BoundedQueue(1).put_many(forever())
    yield lambda: ungil.ConcurrentCache(1).get_or_compute(1, stay)
    yield lambda: ungil.ConcurrentDict().get_or_compute(1, stay)
    yield lambda: ungil.ConcurrentDict({1: 1}).update_value(1, stay)
    yield lambda: ungil.ConcurrentDict({1: 1})[Key()]
    yield lambda: ungil.ConcurrentDict({1: Finalized()}).clear()
    mapping = ungil.ConcurrentDict({1: 1})
    yield lambda: mapping.update_value(1, lambda _: mapping.update_value(Key(), int, 1))
    yield lambda: ungil.Lazy(stay).get()
    yield lambda: ungil.Once().run(stay)
    yield lambda: ungil.RunningStatistics().push_many(forever())
for call in calls():
    entered.clear()
    threading.Thread(target=call, daemon=True).start()
    entered.wait()
print("over")
"""


def test_shutdown_with_threads_inside_callbacks() -> None:
    """The interpreter ends as it should while daemon threads are in functions, iterators and comparisons of users."""
    assert run_child(SHUTDOWN) == (0, "over\n")
