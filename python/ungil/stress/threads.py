"""One test function in several threads at once, several times in each; every run leaves a record.

pytest-run-parallel has a runner, which this one replaces. In that of version 0.10, a thread that dies of anything but
an ``Exception`` of the test leaves the others at the barrier for ever; a thread that never ends keeps the process from
ending; and a global name of a test module shadows the builtins of the runner, so that a test module with a ``range`` of
its own makes every test of the session pass without running. What a test sees of the runner is the same here:
``thread_index`` and ``iteration_index``, a ``tmp_path`` of its own for each run, all other fixtures shared.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol, runtime_checkable

import pytest

__all__ = ["STOPS", "Run", "run_in_threads"]

STOPS: Final = (KeyboardInterrupt, pytest.exit.Exception)
"""What ends the session, from whichever thread."""

SWITCH_INTERVAL: Final = 1e-6
"""Seconds. It matters only where the GIL is on; the default of 5 ms hides most interleavings there."""


entered: Callable[[int], object] = id  # does nothing
"""Called in each thread that runs a test, with its number, before that begins."""


@dataclass(frozen=True, slots=True)
class Run:
    """One call of the test function."""

    thread: int
    iteration: int
    error: BaseException | None = None
    value: object = None


@runtime_checkable
class LegacyPath(Protocol):
    """What the ``tmpdir`` fixture is, as far as it is used here."""

    def ensure(self, *names: str, **kind: bool) -> object:
        """Make a file or, with ``dir=True``, a folder in this one."""
        ...


def run_in_threads(
    test: Callable[..., object], fixtures: Mapping[str, object], *, threads: int, iterations: int
) -> list[Run]:
    """Call ``test`` in ``threads`` threads, ``iterations`` times in each, all threads entering each iteration together.

    An exception of the test ends that run, not its thread. With one thread it is the calling one, as in a serial run.

    Returns:
        One record for each call that came to an end: fewer than ``threads * iterations`` if the threads were stopped.

    Raises:
        RuntimeError: a thread could not be started.
        KeyboardInterrupt: while waiting; the threads are told to stop, and cannot keep the process from ending.
    """
    barrier = threading.Barrier(threads)
    runs: list[Run] = []

    def work(thread: int) -> None:
        iteration = 0
        try:
            entered(thread)
            for iteration in range(iterations):
                own = own_fixtures(fixtures, thread, iteration)
                barrier.wait()
                run = call(test, own, thread, iteration)
                runs.append(run)
                if isinstance(run.error, STOPS):
                    barrier.abort()
        except threading.BrokenBarrierError:
            return  # the thread that broke it has left a record of why
        except BaseException as error:  # noqa: BLE001 - no thread may leave the others at the barrier
            runs.append(Run(thread, iteration, error))
            barrier.abort()

    if threads == 1:
        work(0)
    else:
        start_and_join(work, threads, barrier)
    return runs


def start_and_join(work: Callable[[int], None], threads: int, barrier: threading.Barrier) -> None:
    """Give each thread its number, and wait for all; whatever interrupts that breaks the barrier."""
    # Daemons: one that never ends must not keep the process from ending after Ctrl-C.
    workers = [threading.Thread(target=work, args=(n,), name=f"parallel-{n}", daemon=True) for n in range(threads)]
    with short_switch_interval():
        try:
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join()
        except BaseException:
            barrier.abort()
            raise


def call(test: Callable[..., object], fixtures: Mapping[str, object], thread: int, iteration: int) -> Run:
    """Call the test once; whatever it raises is its outcome."""
    try:
        return Run(thread, iteration, value=test(**fixtures))
    except BaseException as error:  # noqa: BLE001 - SystemExit and the like too
        if error.__traceback__ and error.__traceback__.tb_next:
            error.__traceback__ = error.__traceback__.tb_next  # begins at the test, as in a serial run
        return Run(thread, iteration, error)


def own_fixtures(shared: Mapping[str, object], thread: int, iteration: int) -> dict[str, object]:
    """The fixtures for one run: those that tell runs apart are its own."""
    own = dict(shared)
    folder = f"thread_{thread}_iter_{iteration}"
    for name, value in shared.items():
        match name, value:
            case "thread_index", _:
                own[name] = thread
            case "iteration_index", _:
                own[name] = iteration
            case "tmp_path", Path():
                own[name] = value / folder
                (value / folder).mkdir()
            case "tmpdir", LegacyPath():
                own[name] = value.ensure(folder, dir=True)
    return own


@contextmanager
def short_switch_interval() -> Iterator[None]:
    """Make threads that share the GIL take turns as often as they can."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_INTERVAL)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)
