"""Two threads, each on a CPU of its own, that start together."""

from __future__ import annotations

import contextlib
import os
import queue
import resource
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.sync.case import BenchmarkError
from benchmarks.sync.sample import Window

from ungil import AtomicInteger

STUCK = 60.0  # seconds


class Pair:
    """Two threads that wait, without using their CPU, for something to run.

    Raises:
        BenchmarkError: there are no two CPUs for them.
    """

    def __init__(self) -> None:
        self.cpus = choose_cpus()
        self._threads = [_Pinned(cpu) for cpu in self.cpus]

    def call[T](self, index: int, function: Callable[[], T], what: str) -> T:
        """Run a function in one of the threads, and return what it returns."""
        return self._results([self._threads[index].submit(function)], what)[0]

    def time(self, runs: Sequence[Callable[[int], None]], times: int, what: str) -> tuple[Window, ...]:
        """Let one thread for each of `runs` call it with `times`, all at once."""
        begin, finish = _Gate(len(runs)), _Gate(len(runs))
        futures = [
            thread.submit(partial(_timed, begin, finish, run, times))
            for thread, run in zip(self._threads, runs, strict=False)
        ]
        return tuple(self._results(futures, what))

    @staticmethod
    def _results[T](futures: list[Future[T]], what: str) -> list[T]:
        end = time.monotonic() + STUCK
        try:
            return [future.result(end - time.monotonic()) for future in futures]
        except TimeoutError as error:
            raise BenchmarkError(f"{what}: still running after {STUCK:.0f} s, so its threads are stuck") from error
        except BenchmarkError:
            raise
        except Exception as error:
            raise BenchmarkError(f"{what}: failed with {type(error).__name__}: {error}") from error


def _timed(begin: _Gate, finish: _Gate, run: Callable[[int], None], times: int) -> Window:
    run(max(1, times // 8))  # what other cases threw out of the caches comes back
    preempted = _preemptions()
    begin.wait()
    cpu = time.thread_time_ns()
    start = time.perf_counter_ns()
    run(times)
    end = time.perf_counter_ns()
    window = Window(start, end, time.thread_time_ns() - cpu, _preemptions() - preempted)
    finish.wait()  # else whoever waits for the first thread's result may wake on the other one's CPU
    return window


def _preemptions() -> int:
    """How often this thread had to leave its CPU for another program; 0 where the system does not say."""
    return resource.getrusage(resource.RUSAGE_THREAD).ru_nivcsw if hasattr(resource, "RUSAGE_THREAD") else 0


class _Gate:
    """Threads that come to it spin until all are there: waking one takes longer than a few hundred operations."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._arrived = AtomicInteger()

    def wait(self) -> None:
        self._arrived.increment()
        end = time.monotonic() + STUCK / 2
        while self._arrived.get() < self._threads:
            if time.monotonic() > end:
                raise TimeoutError("the other thread did not come")


class _Pinned:
    def __init__(self, cpu: int) -> None:
        self._work: queue.SimpleQueue[tuple[Callable[[], Any], Future[Any]]] = queue.SimpleQueue()
        # A daemon: a case that is stuck must not keep the process from ending with its report.
        threading.Thread(target=self._serve, args=(cpu,), daemon=True).start()

    def submit[T](self, function: Callable[[], T]) -> Future[T]:
        future: Future[T] = Future()
        self._work.put((function, future))
        return future

    def _serve(self, cpu: int) -> None:
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, {cpu})
        while True:
            function, future = self._work.get()
            try:
                future.set_result(function())
            except BaseException as error:  # noqa: BLE001 - whoever asked for it gets it
                future.set_exception(error)
            del function, future  # else they, and what they hold, would live until the next one


def choose_cpus() -> tuple[int, int]:
    """Two CPUs that this process may use; of different cores where the system tells.

    Raises:
        BenchmarkError: there is only one.
    """
    cpus = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else list(range(os.cpu_count() or 1))
    if len(cpus) < 2:  # noqa: PLR2004 - a pair
        raise BenchmarkError("this process may use one CPU only: two threads need two")
    first, *rest = cpus
    return first, next((cpu for cpu in rest if str(cpu) not in _siblings(first)), rest[0])


def _siblings(cpu: int) -> set[str]:
    """The CPUs that share a core with this one, it included; nothing where the system does not say."""
    found: set[str] = set()
    with contextlib.suppress(OSError):
        text = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list").read_text(encoding="ascii")
        for part in text.strip().split(","):
            low, _, high = part.partition("-")
            found |= {str(one) for one in range(int(low), int(high or low) + 1)}
    return found
