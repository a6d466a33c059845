"""What must hold when a process imports the native modules more than once."""

import sys

import pytest
from tests.sync.builds import run_child

AGAIN = """
import gc, sys, ungil
cache, queue, closed = ungil.ConcurrentCache(2), ungil.BoundedQueue(1), ungil.QueueClosed
queue.close()
for name in [name for name in sys.modules if name.startswith("ungil")]:
    del sys.modules[name]
del ungil
gc.collect()
import ungil, ungil._scan
assert ungil.QueueClosed is closed and type(cache) is ungil.ConcurrentCache
try:
    queue.get()
except closed:
    print(cache.statistics().maxsize, cache.get_or_compute(1, str), ungil._sync.__spec__.name)
"""


def test_importing_again_gives_the_same_types() -> None:
    """Whoever imports ungil again after it was taken out of sys.modules gets the same types, without a warning."""
    assert run_child(AGAIN, options=("-W", "error")) == (0, "2 1 ungil._sync\n")


SUBINTERPRETER = """
import _interpreters, gc, sys
if sys.argv[1] == "main first":
    import ungil, ungil._scan
for name in ("ungil", "ungil._scan"):
    other = _interpreters.create("legacy")
    print("does not support loading in subinterpreters" in _interpreters.exec(other, "import " + name).msg)
    _interpreters.destroy(other)
gc.collect()
import ungil, ungil._scan
cache, queue = ungil.ConcurrentCache(1), ungil.BoundedQueue(1)
queue.close()
try:
    queue.get()
except ungil.QueueClosed:
    print(cache.get_or_compute(1, str), cache.statistics().maxsize, ungil.RunningStatistics().copy().count)
"""


@pytest.mark.skipif(sys.version_info < (3, 13), reason="_interpreters is new in 3.13")
@pytest.mark.parametrize("order", ["main first", "subinterpreter first"])
def test_subinterpreters_are_refused(order: str) -> None:
    """A subinterpreter that checks no slot gets an ImportError, and nothing changes for the main interpreter."""
    assert run_child(SUBINTERPRETER, order) == (0, "True\nTrue\n1 1 0\n")
