"""BoundedQueue while threads wait: who is served, and what ends the waiting: close, time, signals, fork, the end."""

import contextlib
import itertools
import os
import sys
import textwrap

import pytest
from tests.concurrency import Worker, run_threads
from tests.sync.builds import run_child

from ungil import AtomicInteger, BoundedQueue, QueueClosed

needs_signals = pytest.mark.skipif(sys.platform == "win32", reason="os.kill() does not interrupt a wait on Windows")
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system")
needs_proc = pytest.mark.skipif(sys.platform != "linux", reason="asks /proc whether a thread sleeps")


def child(source: str, *, deadline: float = 60.0) -> tuple[int, str]:
    """Run the source in a fresh interpreter with what all of these need."""
    begin = "import os, queue, signal, threading, time\nfrom ungil import BoundedQueue, QueueClosed\n"
    return run_child(begin + textwrap.dedent(source), deadline=deadline)


# Asleep is who was found sleeping twenty times in a row: on its way there no thread sleeps for as long.
ASLEEP = """
def wait_until_asleep(thread_id):
    if sys.platform != "linux":
        time.sleep(1)
        return
    looks = 0
    while looks < 20:
        time.sleep(0.005)
        with open(f"/proc/self/task/{thread_id}/stat") as file:
            looks = looks + 1 if file.read().rpartition(")")[2].split()[0] == "S" else 0
def start_and_wait_until_asleep(*functions):
    for function in functions:
        thread = threading.Thread(target=function, daemon=True)
        thread.start()
        wait_until_asleep(thread.native_id)
"""


@needs_proc
def test_consumers_are_served_in_the_order_in_which_they_came() -> None:
    """Of several threads that wait for an item, the first that came gets the first."""
    source = """
        got = BoundedQueue(9)
        items = BoundedQueue(9)
        consumers = [lambda me=me: got.put((me, items.get())) for me in range(6)]
        start_and_wait_until_asleep(*consumers)
        items.put_many(range(6))
        print(sorted(got.get() for _ in consumers))
    """
    expected = str([(number, number) for number in range(6)])
    assert child(ASLEEP + textwrap.dedent(source)) == (0, f"{expected}\n")


@needs_proc
def test_producers_are_served_in_the_order_in_which_they_came() -> None:
    """Of several threads that wait for room, the first that came puts first, and nobody who comes later before it."""
    source = """
        items = BoundedQueue(1)
        items.put(-1)
        start_and_wait_until_asleep(*[lambda me=me: items.put(me) for me in range(6)])
        got = []
        for number in range(7):
            got.append(items.get())
            if number < 6:
                try:
                    items.put_nowait("barged in")
                except queue.Full:
                    pass
        print(got)
    """
    assert child(ASLEEP + textwrap.dedent(source)) == (0, f"{list(range(-1, 6))}\n")


@pytest.mark.parametrize("maxsize", [1, 4])
def test_nobody_starves(maxsize: int) -> None:
    """Threads that come now and then are done long before others have put and got for as long as they may."""
    items: BoundedQueue[int] = BoundedQueue(maxsize)
    slow = AtomicInteger(2)
    ahead = AtomicInteger()

    def hammer(_worker: Worker) -> bool:
        for _ in range(5_000_000):  # a busy machine may keep the others from running for long
            if slow.get() == 0:
                return True
            items.put(0)
            items.get()
        return False

    def put_now_and_then(_worker: Worker) -> bool:
        for _ in range(100):
            items.put(1)
            ahead.increment()
        slow.decrement()
        return True

    def get_now_and_then(_worker: Worker) -> bool:
        for _ in range(100):
            items.get()
            ahead.decrement()
        slow.decrement()
        return True

    assert all(run_threads(hammer, put_now_and_then, hammer, get_now_and_then))
    assert (len(items), ahead.get()) == (0, 0)


def test_close_wakes_everyone() -> None:
    """Threads that wait for items and for room, in any method, are told that the queue was closed."""
    empty: BoundedQueue[int] = BoundedQueue(1)
    full: BoundedQueue[int] = BoundedQueue(1)
    full.put(7)

    def close(_worker: Worker) -> str:
        empty.close()
        full.close()
        return "closed"

    def refused(call: object) -> str:
        with contextlib.suppress(QueueClosed):
            return f"{call()}"  # type: ignore[operator]
        return "refused"

    calls = [empty.get, lambda: empty.get_many(3), lambda: list(empty), lambda: full.put(8), lambda: full.put_many([8])]
    results = run_threads(*[lambda _, call=call: refused(call) for call in calls * 3], close)
    assert set(results[2:-1:5]) == {"[]"}
    assert {*results[0::5], *results[1::5], *results[3:-1:5], *results[4::5]} == {"refused", "closed"}
    assert list(full) == [7]


def test_many_wait_and_close_loses_no_item() -> None:
    """Where close() comes while producers and consumers wait, what was put is got and nothing else."""
    for maxsize in (1, 3) * 20:
        items: BoundedQueue[tuple[int, int]] = BoundedQueue(maxsize)
        taken = AtomicInteger()  # by all of them: one alone may come when all is gone

        def produce(worker: Worker, items: BoundedQueue[tuple[int, int]] = items) -> list[tuple[int, int]]:
            put = []
            with contextlib.suppress(QueueClosed):
                for number in range(10_000):
                    items.put((worker.index, number))
                    put.append((worker.index, number))
            return put

        def consume(
            _worker: Worker, items: BoundedQueue[tuple[int, int]] = items, taken: AtomicInteger = taken
        ) -> list[tuple[int, int]]:
            got = []
            for item in items:
                got.append(item)
                if taken.increment() == 150:
                    items.close()
            return got

        results = run_threads(produce, produce, produce, consume, consume, consume)
        assert sorted(itertools.chain(*results[:3])) == sorted(itertools.chain(*results[3:]))


INTERRUPTED = """
signal.signal(signal.SIGINT, signal.default_int_handler)
items = BoundedQueue(1)
{prepare}
def interrupt():
    wait_until_asleep(threading.main_thread().native_id)
    os.kill(os.getpid(), signal.SIGINT)
threading.Thread(target=interrupt).start()
try:
    {wait}
except KeyboardInterrupt:
    print("interrupted", len(items))
items.put_many([2, 3], timeout=0)
print(items.get_many(5))
"""


@needs_signals
@pytest.mark.parametrize(
    ("prepare", "wait", "printed"),
    [
        ("", "items.get()", "interrupted 0\n[2]\n"),
        ("", "items.get(timeout=50)", "interrupted 0\n[2]\n"),
        ("", "items.get_many(3)", "interrupted 0\n[2]\n"),
        ("", "list(items)", "interrupted 0\n[2]\n"),
        ("items.put(1)", "items.put(2)", "interrupted 1\n[1]\n"),
        ("items.put(1)", "items.put(2, 50)", "interrupted 1\n[1]\n"),
        ("", "items.put_many([1, 2])", "interrupted 1\n[1]\n"),
    ],
)
def test_ctrl_c_ends_the_waiting(prepare: str, wait: str, printed: str) -> None:
    """Ctrl-C raises KeyboardInterrupt out of a method that waits, which has then put or got nothing."""
    assert child(ASLEEP + INTERRUPTED.format(prepare=prepare, wait=wait)) == (0, printed)


@needs_signals
def test_a_signal_handler_may_use_the_queue_that_its_thread_waits_at() -> None:
    """A handler that puts an item ends the get() that it interrupted; one that does nothing ends nothing."""
    source = """
        items = BoundedQueue(2)
        signals = []
        def handle(*_):
            signals.append(items.get(timeout=0) if len(items) else None)
            if len(signals) == 3:
                items.put("from the handler")
        signal.signal(signal.SIGALRM, handle)
        signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
        item = items.get()
        signal.setitimer(signal.ITIMER_REAL, 0)
        print(item, len(signals) >= 3)
    """
    assert child(source) == (0, "from the handler True\n")


# In list.extend() and in deque(map(...)) no Python code runs between two items, so no handler can but in the queue.
RACING_SIGNALS = """
import itertools
from collections import deque
class Tick(Exception):
    pass
def raise_tick(number, frame):
    if frame.f_code in (get_all.__code__, put_all.__code__) and numbers.__length_hint__():
        raise Tick
def get_all():
    got.extend(items)
def put_all():
    deque(map(items.put, itertools.chain(again, numbers)), maxlen=0)
signal.signal(signal.SIGALRM, raise_tick)
ticks, N = 0, 3000
for _ in range(30):  # a busy machine may pass on few signals
    items = BoundedQueue(1)
    numbers, got = iter(range(N)), []
    def produce():
        for number in numbers:
            items.put(number)
            if number % 7 == 0:
                time.sleep(1e-5)
        items.close()
    thread = threading.Thread(target=produce)
    thread.start()
    signal.setitimer(signal.ITIMER_REAL, 1e-4, 1e-4)
    while thread.is_alive() or len(items):
        try:
            get_all()
        except Tick:
            ticks += 1
    signal.setitimer(signal.ITIMER_REAL, 0)
    got.extend(items)
    assert got == list(range(N)), "get() lost or doubled an item"

    items = BoundedQueue(1)
    numbers, got = iter(range(N)), []
    def consume():
        for number in items:
            got.append(number)
            if number % 7 == 0:
                time.sleep(1e-5)
    thread = threading.Thread(target=consume)
    thread.start()
    again = []
    signal.setitimer(signal.ITIMER_REAL, 1e-4, 1e-4)
    while numbers.__length_hint__() or again:
        last = N - numbers.__length_hint__()
        try:
            put_all()
            again = []
        except Tick:
            ticks += 1
            drawn = N - numbers.__length_hint__()
            if drawn != last:
                again = [drawn - 1]
    signal.setitimer(signal.ITIMER_REAL, 0)
    items.close()
    thread.join()
    assert sorted(got) == list(range(N)), "put() lost or doubled an item"
    if ticks > 10:
        break
print(ticks > 10)
"""


@needs_signals
def test_a_signal_that_raises_while_an_item_is_handed_over_loses_nothing() -> None:
    """Where handlers raise out of get() and put() all the time, each item still comes out once and in order."""
    code, output = child(RACING_SIGNALS)
    assert (code, output) == (0, "True\n")


AT_THE_END = """
import atexit
empty, full = BoundedQueue(1), BoundedQueue(1)
full.put(1)
hammered = BoundedQueue(2)
def at_exit():
    hammered.put_many([1, 2, 3], timeout=0)
    print(hammered.maxsize, flush=True)
def hammer():
    while True:
        hammered.put(1)
        hammered.get()
waits = [empty.get, lambda: empty.get_many(2), lambda: list(empty), lambda: full.put(2), lambda: full.put_many([2]),
         lambda: empty.get(timeout=1000)]
for wait in [*waits * 2, hammer, hammer]:
    threading.Thread(target=wait, daemon=True).start()
atexit.register(at_exit)
time.sleep({sleep})
"""


@pytest.mark.parametrize("sleep", [0.0, 0.3])
def test_the_interpreter_ends_while_daemon_threads_wait(sleep: float) -> None:
    """With daemon threads in every method that waits, and others that put and get, the interpreter ends by itself."""
    code, output = child(AT_THE_END.replace("{sleep}", str(sleep)))
    assert (code, output) == (0, "2\n")


FORKED = """
import warnings
warnings.simplefilter("ignore", DeprecationWarning)
empty, full, hammered = BoundedQueue(1), BoundedQueue(1), BoundedQueue(3)
full.put("first")
def hammer():
    while True:
        hammered.put(1)
        hammered.get()
def get():
    for item in empty:
        pass
def put():
    for number in range(10**6):
        full.put(number)
threads = [threading.Thread(target=function, daemon=True) for function in (get, get, put, put, hammer, hammer)]
[thread.start() for thread in threads]
time.sleep(0.1)
for _ in range(4):
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            empty.put("from the child", timeout=5)
            assert empty.get(timeout=5) == "from the child"
            assert full.get(timeout=5) == "first"
            full.put("again", timeout=5)
            assert full.get(timeout=5) == "again"
            hammered.get_many(9, timeout=0) if len(hammered) else None
            assert hammered.put_many(range(9), timeout=0) == 3
            waiting = threading.Thread(target=lambda: empty.put(empty.get()))
            waiting.start()
            empty.put("to a thread of the child")
            waiting.join(5)
            assert empty.get(timeout=5) == "to a thread of the child"
            hammered.close(), full.close(), empty.close()
            code = 0
        finally:
            os._exit(code)
    assert os.waitpid(pid, 0)[1] == 0
print("done", len(full), full.get(timeout=5), full.get(timeout=5))
"""


@needs_fork
def test_a_forked_child_does_not_wait_for_threads_that_it_does_not_have() -> None:
    """A child forked while threads wait and hammer can use the queues; no item goes to a thread of the parent."""
    code, output = child(FORKED)
    assert (code, output) == (0, "done 1 first 0\n"), output


def test_import_does_not_bring_in_queue() -> None:
    """The standard library's queue is imported by the first queue.Empty or queue.Full, not before."""
    source = """if True:
        import sys, ungil
        items = ungil.BoundedQueue(1)
        items.put(1), items.get(), items.close()
        before = "queue" in sys.modules
        try:
            ungil.BoundedQueue(1).get_nowait()
        except Exception as error:
            print(before, "queue" in sys.modules, type(error).__name__)
    """
    assert run_child(source) == (0, "False True Empty\n")
