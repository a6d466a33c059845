"""Threads that make calls together: ``ungil._hammer.Crew`` with its threads, and subjects made in one of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Buffer, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from ungil import _hammer
from ungil.stress.hammer.models.model import Bound, Operation
from ungil.stress.hammer.runs.outcome import Answer
from ungil.stress.hammer.runs.text import Ranges

__all__ = ["Crew", "NativeTurn", "crew_of", "stepping_is_absent"]

type NativeTurn = tuple[int, int, int, int]
"""Thread, calls completed at its end, address of a stop or 0, at which hit: see ``src/hammer/schedule.hpp``."""

START_DEADLINE: Final = 30.0

stepping_is_absent = _hammer.stepping_is_absent


class Crew:
    """A crew whose threads serve. One at a time in a process; its methods are called by the thread that made it."""

    def __init__(self, native: _hammer.Crew) -> None:
        """Use this one."""
        self._native = native
        self._nobody: list[list[Bound]] = [[] for _ in range(native.threads)]

    @property
    def threads(self) -> int:
        """How many, the calling one included."""
        return self._native.threads

    @property
    def has_breakpoints(self) -> bool:
        """Whether stops are hardware breakpoints; else threads are single-stepped to them, which takes longer."""
        return self._native.has_breakpoints

    def step_through(self, home: Ranges, beyond: Ranges) -> None:
        """Trace and stop in this code from now on: the extension's own, and what it calls beyond it."""
        _hammer.set_text(home, beyond)

    def make(self, maker: Callable[[], object], thread: int) -> object:
        """Call ``maker`` in that thread, which then owns what it makes as far as reference counts go.

        Raises:
            BaseException: what ``maker`` raises.
        """
        if thread == 0:
            return maker()
        calls = list(self._nobody)
        calls[thread] = [(maker, (), {})]
        answers, _ = self._native.run(calls, [])
        raised, value = answers[thread][0]
        if raised:
            raise value
        return value

    def run(
        self, subject: object, threads: Sequence[Sequence[Operation]], schedule: Sequence[NativeTurn]
    ) -> tuple[list[list[Answer]], int]:
        """Make each thread's calls on the subject by turns: what they answered, and how many stops were reached."""
        return self._native.run(self._bound(subject, threads), list(schedule))

    def together(
        self,
        subject: object,
        threads: Sequence[Sequence[Operation]],
        skews: Sequence[int],
        *,
        times: int = 1,
        keep: bool = True,
    ) -> list[list[Answer]]:
        """Make all threads' calls on the subject at the same moment, each thread delayed by so many looks.

        Each call is made ``times`` times, with the same arguments; what was answered is lost unless it is kept.
        """
        return self._native.together(self._bound(subject, threads), list(skews), times, keep)

    def alone(self, subject: object, calls: Sequence[Operation], thread: int, *, keep: bool = True) -> list[Answer]:
        """Make all these calls in that thread; a call that is made often is made with the same arguments."""
        different = {id(call): call for call in calls}
        bound = {key: call.bind(subject) for key, call in different.items()}
        threads = list(self._nobody)
        threads[thread] = [bound[id(call)] for call in calls]
        return self._native.together(threads, [0] * self.threads, 1, keep)[thread]

    def trace(self, subject: object, operations: Sequence[Operation], limit: int) -> tuple[list[int], bool]:
        """The addresses that these calls execute inside the text, in order; whether there were more than ``limit``."""
        addresses, cut, _ = self._native.trace([operation.bind(subject) for operation in operations], limit)
        return addresses, cut

    def _bound(self, subject: object, threads: Sequence[Sequence[Operation]]) -> list[list[Bound]]:
        bound = [[operation.bind(subject) for operation in thread] for thread in threads]
        return bound + self._nobody[len(bound) :]


@contextmanager
def crew_of(threads: int, *, breakpoints: bool = True, board: Buffer | None = None) -> Iterator[Crew]:
    """A crew of so many threads, for as long as the context lasts; what they do stands on the board.

    Raises:
        RuntimeError: its threads did not start.
    """
    native = _hammer.Crew(threads, breakpoints)
    if board is not None:
        native.show_on(board)
    servants = [
        threading.Thread(target=_serve, args=(native, thread), name=f"hammer-{'ABCDEFGH'[thread]}", daemon=True)
        for thread in range(1, threads)
    ]
    _hammer.take_part_in_stacks(0)
    for servant in servants:
        servant.start()
    deadline = time.monotonic() + START_DEADLINE
    while native.serving < threads - 1:
        if time.monotonic() > deadline:
            raise RuntimeError("the threads of the crew did not start")
        time.sleep(0.0005)
    try:
        yield Crew(native)
    finally:
        native.close()
        for servant in servants:
            servant.join()
        _hammer.give_signals_back()


def _serve(native: _hammer.Crew, thread: int) -> None:
    _hammer.take_part_in_stacks(thread)
    native.serve(thread)
