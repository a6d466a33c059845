"""Once: what run() and `done` do, that nobody waits for ever, and what signals, fork and shutdown do to waits."""

import copy
import os
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

from ungil import Once

Stress = Callable[[once_stress.MakeOnce], None]

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork()")
needs_signals = pytest.mark.skipif(sys.platform == "win32", reason="the system has no signals between processes")


@pytest.mark.parametrize("stress", once_stress.ALL_ONCE)
def test_holds_under_threads(stress: Stress) -> None:
    """What the stress function asserts holds for Once."""
    stress(Once)


# Without a mark for builds: the twin calls Python between its two steps, where the GIL goes to the next thread.
@pytest.mark.parametrize("stress", once_stress.ALL_ONCE)
def test_stress_catches_the_racy_twin(stress: Stress, racy_once: ModuleType) -> None:
    """The same stress function fails on the twin that looks, runs, and remembers."""
    until_caught(lambda: stress(racy_once.RacyOnce))


@pytest.mark.parametrize("threads", [2, 3, 8])
def test_a_circle_of_threads_is_an_error(threads: int) -> None:
    """Of K threads that run K functions and ask for each other's in a circle, the last to ask gets a RuntimeError."""
    once_stress.circles_end_with_an_error(Once, threads)


def test_needs_that_cross_come_to_an_end() -> None:
    """What the stress function asserts holds for Once."""
    once_stress.nets_of_needs_come_to_an_end(Once)


def test_methods_return_what_they_say() -> None:
    """The first run() calls the function and returns True, later ones do not and return False; `done` says which."""
    once, calls = Once(), list[int]()
    assert (once.done, repr(once)) == (False, "<Once: not done>")
    assert once.run(lambda: calls.append(1))
    assert not once.run(lambda: calls.append(2))
    assert not once.run(None)  # type: ignore[arg-type]
    assert (once.done, repr(once), calls) == (True, "<Once: done>", [1])


def fail() -> NoReturn:
    """Raise a ZeroDivisionError."""
    raise ZeroDivisionError


def test_a_run_that_raises_does_not_count() -> None:
    """The exception reaches the caller, `done` stays false, and the next call runs its function."""
    once = Once()
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            once.run(fail)
        assert not once.done
    with pytest.raises(TypeError, match="not callable"):
        once.run(3)  # type: ignore[arg-type]
    assert once.run(int)
    assert once.done


def test_works_without_init_and_survives_a_second_one() -> None:
    """An object from __new__ alone is a Once; a second __init__ changes nothing; arguments are refused."""
    once = Once.__new__(Once)
    assert once.run(int)
    once.__init__()  # type: ignore[misc]
    assert once.done
    with pytest.raises(TypeError):
        Once(int)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("arguments", "keywords", "message"),
    [
        ((), {}, r"run\(\) takes at least 1 positional argument \(0 given\)"),
        ((), {"timeout": 1}, r"\(0 given\)"),
        ((int, 1, 2), {}, r"\(3 given\)"),
        ((int, 1), {"timeout": 1}, r"\(3 given\)"),
        ((int,), {"function": int}, "unexpected keyword argument 'function'"),
        ((int,), {"timeout": 1, "x": 2}, r"\(3 given\)"),
        ((int,), {"timeout": "1"}, "must be real number"),
    ],
)
def test_refuses_other_arguments(arguments: tuple[object, ...], keywords: dict[str, object], message: str) -> None:
    """run() with other arguments is a TypeError that names them, and runs nothing."""
    once = Once()
    with pytest.raises(TypeError, match=message):
        once.run(*arguments, **keywords)  # type: ignore[arg-type]
    assert not once.done


@pytest.mark.parametrize("timeout", [-1, float("nan"), -(10**300)])
def test_refuses_a_timeout_that_is_none(timeout: float) -> None:
    """A negative timeout and one that is no number are a ValueError."""
    with pytest.raises(ValueError, match="not negative"):
        Once().run(int, timeout=timeout)


@pytest.mark.parametrize("timeout", [None, 0, 0.5, 1e300, float("inf")])
def test_a_timeout_does_not_limit_the_run(timeout: float | None) -> None:
    """Whoever runs the function itself never waits, so any timeout will do."""
    assert Once().run(int, timeout=timeout)
    assert Once().run(int, timeout)


def running(once: Once) -> tuple[threading.Thread, threading.Event]:
    """A thread that is inside once.run() until the event is set."""
    inside, go_on = threading.Event(), threading.Event()

    def function() -> None:
        inside.set()
        assert go_on.wait(60)

    thread = threading.Thread(target=once.run, args=(function,))
    thread.start()
    assert inside.wait(60)
    return thread, go_on


def test_a_wait_ends_with_its_timeout() -> None:
    """While another thread runs, run() with a timeout ends with TimeoutError, and leaves the other's run alone."""
    once = Once()
    thread, go_on = running(once)
    for timeout in (0, 0.01, 0.01):
        with pytest.raises(TimeoutError, match="still running"):
            once.run(int, timeout=timeout)
    assert not once.done
    go_on.set()
    assert not once.run(int, timeout=60)
    thread.join()


def test_waits_that_time_out_and_runs_that_end_can_meet() -> None:
    """Whatever comes first, the end of the run or the timeout, every call of run() returns or raises TimeoutError."""
    for _ in range(30):
        once = Once()

        def wait(worker: Worker, once: Once = once) -> int:
            try:
                return once.run(lambda: sum(range(1000)), timeout=worker.random.random() / 5000)
            except TimeoutError:
                return 0

        assert sum(run_threads(*[wait] * 4)) == 1
        assert once.done


def test_a_reentrant_run_is_an_error() -> None:
    """A function that asks to run its own Once gets a RuntimeError; another Once it may run."""
    once, other = Once(), Once()
    with pytest.raises(RuntimeError, match="reentrant call"):
        once.run(lambda: once.run(int))
    assert not once.done
    assert once.run(lambda: other.run(int))
    assert other.done


def test_a_chain_is_no_circle() -> None:
    """Threads that wait for each other in a line all get there."""
    line = [Once() for _ in range(6)]
    all_running = threading.Barrier(len(line))

    def work(worker: Worker) -> bool:
        def function() -> None:
            all_running.wait(60)
            if worker.index + 1 < len(line):
                assert not line[worker.index + 1].run(fail)

        return line[worker.index].run(function)

    assert run_threads(*[work] * len(line)) == [True] * len(line)


def test_keeps_no_reference() -> None:
    """Neither the function nor its result is held after run(), whatever the outcome."""
    once, function = Once(), once_stress.Job()
    before = sys.getrefcount(function)
    for _ in range(100):
        with pytest.raises(ZeroDivisionError):
            once.run(fail)
    once.run(function)
    once.run(function)
    assert sys.getrefcount(function) == before


class Named(Once):
    """A subclass with an attribute of its own."""

    name = "set-up"


def test_subclass_and_weak_reference() -> None:
    """A subclass has attributes and its own name in repr(); a weak reference ends with the object."""
    named = Named()
    named.name = "other"
    reference = weakref.ref(named)
    assert (named.name, repr(named), reference()) == ("other", "<Named: not done>", named)
    del named
    assert reference() is None


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, pickle.dumps])
def test_refuses_to_be_copied(duplicate: Callable[[object], object]) -> None:
    """Copying and pickling are a TypeError."""
    with pytest.raises(TypeError, match="cannot copy or pickle Once"):
        duplicate(Once())


# ---- What needs a process of its own. `inside` threads wait in once.run(); nothing below sleeps to be right.

PREAMBLE = """
import gc, os, signal, threading, time
from ungil import Once
once, inside, go_on = Once(), threading.Event(), threading.Event()
def function():
    inside.set()
    go_on.wait()
def started(target, *args, count=1):
    threads = [threading.Thread(target=target, args=args, daemon=True) for _ in range(count)]
    [thread.start() for thread in threads]
    return threads
runner, = started(once.run, function)
inside.wait()
"""

COLLECT = """
waiters = started(once.run, function, count=20)
def collect():
    for _ in range(30):
        [[]].append(gc.collect())
collectors = started(collect, count=2)
[thread.join() for thread in collectors]
go_on.set()
[thread.join() for thread in waiters]
print(once.done)
"""


def test_collections_do_not_wait_for_those_who_wait() -> None:
    """gc.collect(), which stops the world, ends while many threads wait, and they go on afterwards."""
    assert run_child(PREAMBLE + COLLECT) == (0, "True\n")


INTERRUPT = """
signal.signal(signal.SIGINT, signal.default_int_handler)
started(lambda: (time.sleep(0.3), os.kill(os.getpid(), signal.SIGINT)))
try:
    once.run(function)
except KeyboardInterrupt:
    print("interrupted", once.done)
go_on.set()
print(once.run(function, 60), once.done)
"""


@needs_signals
def test_control_c_ends_the_wait() -> None:
    """KeyboardInterrupt comes out of a run() that waits, and the run it waited for is left alone."""
    assert run_child(PREAMBLE + INTERRUPT) == (0, "interrupted False\nFalse True\n")


HANDLER = """
other = Once()
def handle(*_):
    try:
        mine.run(int)
    except RuntimeError as error:
        print(str(error).partition(":")[0])
    print(other.run(int))
    go_on.set()
signal.signal(signal.SIGALRM, handle)
mine = Once()
def wait():
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    once.run(function)
print(mine.run(wait), mine.done, once.done)
"""


@needs_signals
def test_a_signal_handler_may_run_what_is_not_running() -> None:
    """A handler that interrupts a wait can run another Once; the one that its own thread is running is an error."""
    assert run_child(PREAMBLE + HANDLER) == (0, "reentrant call\nTrue\nTrue True True\n")


INNER = """
# main waits for `once`; its handler runs `inner`, for which the runner of `once` waits: no circle, the handler returns.
inner, handled, answers = Once(), threading.Event(), []
def handle(*_):
    def in_handler():
        handled.set()
        time.sleep(0.3)
    answers.append(inner.run(in_handler))
signal.signal(signal.SIGALRM, handle)
def outer():
    inside.set()
    handled.wait()
    answers.append(inner.run(int))
once = Once()
inside.clear()
started(once.run, outer)
inside.wait()
signal.setitimer(signal.ITIMER_REAL, 0.1)
print(once.run(int), sorted(answers))
"""


@needs_signals
def test_a_run_inside_a_handler_does_not_depend_on_the_wait_it_interrupts() -> None:
    """What looks like a circle through an interrupted wait is none: the handler's run ends first."""
    assert run_child(PREAMBLE + INNER) == (0, "False [False, True]\n")


SHUTDOWN = """
waiters = started(once.run, function, count=10)
time.sleep(0.3)
print("ends")
"""


def test_shutdown_does_not_wait_for_daemons() -> None:
    """The process ends at once while daemon threads run and wait for a Once."""
    assert run_child(PREAMBLE + SHUTDOWN) == (0, "ends\n")


BACK_TOO_LATE = """
from ungil import Lazy
class Slow:
    def __init__(self):
        self.sleep = time.sleep
    def __del__(self):
        self.sleep(0.3)
os.slow = Slow()
def come_back():
    while True:
        try:
            once.run(int, 0.001)
        except TimeoutError:
            time.sleep(0.001)
started(come_back, count=3)
started(Once().run, come_back)
started(Lazy(come_back).get)
time.sleep(0.2)
print("ends")
"""


def test_threads_that_come_back_during_shutdown_end_there() -> None:
    """While the interpreter is ending, threads that return from a wait or to a function end without a crash."""
    assert run_child(PREAMBLE + BACK_TOO_LATE) == (0, "ends\n")


LATE = """
class Late:
    def __init__(self):
        self.once, self.write, self.error, self.text = once, os.write, RuntimeError, str
    def __del__(self):  # by now the builtins may be gone
        try:
            self.once.run(None)
        except self.error as error:
            self.write(1, self.text(error).partition(":")[0].encode())
os.late = Late()  # the globals of a function that never returns are never cleared; those of a module are
started(once.run, function, count=4)
time.sleep(0.1)
"""


def test_a_finalizer_at_shutdown_does_not_wait_for_a_stopped_thread() -> None:
    """A __del__ that runs during shutdown and asks for what a daemon thread was running gets a RuntimeError."""
    assert run_child(PREAMBLE + LATE) == (0, "waiting would never end")


FORK = """
waiters = started(once.run, function, count=4)
time.sleep(0.2)
import warnings
warnings.simplefilter("ignore", DeprecationWarning)
child = os.fork()
if child == 0:
    results, calls = [], []
    def ask():
        results.append(once.run(lambda: calls.append(1)))
    children = started(ask, count=3)
    [thread.join(60) for thread in children]
    os._exit(0 if sorted(results) == [False, False, True] and calls == [1] else 1)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
go_on.set()
[thread.join() for thread in waiters]
print(once.done)
"""


@needs_fork
def test_a_forked_child_runs_what_its_parent_was_running() -> None:
    """In the child the run of a thread that is gone counts as none; in the parent it goes on."""
    assert run_child(PREAMBLE + FORK) == (0, "0\nTrue\n")


FORK_INSIDE = """
import warnings
warnings.simplefilter("ignore", DeprecationWarning)
forks, answers = Once(), []
def fork():
    global child, in_child
    started(forks.run, int, count=3)
    time.sleep(0.2)
    child = os.fork()
    if child == 0:
        in_child, = started(lambda: answers.append(forks.run(int)))
        time.sleep(0.2)
        answers.append("ends")
ran = forks.run(fork)
if child == 0:
    in_child.join(60)
    os._exit(0 if (ran, answers) == (True, ["ends", False]) else 1)
print(ran, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@needs_fork
def test_a_function_may_fork() -> None:
    """The thread that forks inside its function is still running it in the child, where new threads wait for it."""
    assert run_child(PREAMBLE + FORK_INSIDE) == (0, "True 0\n")


FORK_IN_HANDLER = """
import os, signal, threading
from ungil import BoundedQueue, Once
def forked(*_):
    global child
    child = os.fork()
    if child == 0:
        threading.Thread(target=lambda: queue.put("child"), daemon=True).start()
    else:
        release.set()
        queue.put("parent")
once, queue, begun, release, child = Once(), BoundedQueue(1), threading.Event(), threading.Event(), None
signal.signal(signal.SIGALRM, forked)
def hold():
    begun.set()
    release.wait()
if WAIT == "once":
    threading.Thread(target=once.run, args=(hold,), daemon=True).start()
    begun.wait()
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    ran, got = once.run(int), queue.get()
else:
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    ran, got = None, queue.get()
if child == 0:
    os.write(1, f"child: {ran} {got}\\n".encode())
    os._exit(0)
os.waitpid(child, 0)
print(f"parent: {ran} {got}")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows neither forks nor has such a timer")
@pytest.mark.parametrize(("wait", "child", "parent"), [("once", True, False), ("queue", None, None)])
def test_a_handler_that_interrupts_a_wait_may_fork(wait: str, child: object, parent: object) -> None:
    """In the child the wait goes on by itself: it runs what nobody there is running, and is woken by threads there."""
    output = f"child: {child} child\nparent: {parent} parent\n"
    assert run_child(f"WAIT = {wait!r}\n{FORK_IN_HANDLER}", options=("-W", "ignore")) == (0, output)
