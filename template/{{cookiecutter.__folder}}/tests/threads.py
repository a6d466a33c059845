"""Threads that start at the same moment, for the tests that need more than a test run beside itself."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

__all__ = ["together"]


def together[T](*calls: Callable[[], T]) -> list[T]:
    """Call each in a thread of its own, all at once; return what they returned, or raise all that they raised.

    A deadlock is ended by pytest's timeout.
    """
    start = Barrier(len(calls))

    def run(call: Callable[[], T]) -> T:
        start.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        futures = [pool.submit(run, call) for call in calls]
    if errors := [error for future in futures if (error := future.exception())]:
        raise BaseExceptionGroup("threads failed", errors)
    return [future.result() for future in futures]
