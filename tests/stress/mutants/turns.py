"""Threads that take turns: each runs to a window of its mutant, or to its end, in an order that is written down."""

from __future__ import annotations

import ctypes
import functools
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from tests.ext.extension import window_library
from tests.stress.mutants.outcome import Threads, attempt, outcome

from ungil.stress.hammer.models.model import Model

type Turn = tuple[int, int]
"""A thread, and the window where its turn ends, or 0 for the thread's end."""

MAKER = 1
"""The thread that makes the subject: what it drops is freed at once, not when another thread comes round to it."""
_MOST_WINDOWS = 64


@dataclass(frozen=True)
class Turned:
    """What came of a run."""

    outcome: object  # None when the threads wait for each other
    stops: int  # turns that ended at their window
    windows: tuple[int, ...]  # that the first thread came by

    @property
    def hung(self) -> bool:
        """No thread went on."""
        return self.outcome is None


def parse(written: str) -> list[Turn]:
    """``A1 B A`` as turns."""
    return [(ord(turn[0]) - ord("A"), int(turn[1:] or 0)) for turn in written.split()]


def take_turns(model: Model, threads: Threads, turns: Sequence[Turn]) -> Turned:
    """Run the calls of each thread on one fresh subject of a paused module.

    Not in several threads at once, and not with the garbage collector on: it would wait for who waits for a turn.
    """
    library = _library()
    run = _Run(model, threads)
    library.turns_set((ctypes.c_int * (2 * len(turns)))(*[number for turn in turns for number in turn]), len(turns))
    workers = [threading.Thread(target=run.work, args=(index,), daemon=True) for index in range(len(threads))]
    for worker in workers:
        worker.start()
    over = bool(library.turns_over(len(workers)))
    for worker in workers if over else []:
        worker.join()
    windows = (ctypes.c_int * _MOST_WINDOWS)()
    reached = library.turns_reached(windows, _MOST_WINDOWS)
    seen = outcome(model, run.subject, run.results) if over else None
    return Turned(seen, library.turns_stops(), tuple(windows[:reached]))


class _Run:
    def __init__(self, model: Model, threads: Threads) -> None:
        self.subject: object = None
        self.results: list[list[object]] = [[] for _ in threads]
        self._model = model
        self._threads = threads
        self._made = threading.Barrier(len(threads))

    def work(self, index: int) -> None:
        if index == MAKER:
            self.subject = self._model.make()
        self._made.wait(60)
        bound = [call.bind(self.subject) for call in self._threads[index]]
        library = _library()
        library.turns_enter(index)
        for call in bound:
            self.results[index].append(attempt(call))
        library.turns_leave()


@functools.cache
def _library() -> ctypes.CDLL:
    return ctypes.CDLL(str(window_library()))
