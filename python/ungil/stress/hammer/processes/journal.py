"""What a tested process is doing, in a file that it has mapped: whoever finds it dead or stuck reads there why.

It is written before each run, so writing costs about a microsecond and no system call. What the threads of the crew do
stands in the same file, written by themselves: ``src/hammer/board.hpp``. Whoever reads while the process lives may see
half of an entry; only that something changes counts then.
"""

from __future__ import annotations

import mmap
import struct
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import chain
from pathlib import Path
from typing import Final, Protocol

from ungil.stress.hammer.models.model import Scenario
from ungil.stress.hammer.runs.attempt import Method
from ungil.stress.hammer.runs.crew import NativeTurn

__all__ = ["Calls", "Entry", "Journal", "ModelJournal", "Phase", "Post", "Run", "read"]

type Calls = tuple[tuple[int, ...], ...]
"""A scenario of a model by the numbers of its operations, for each thread."""

MOST_THREADS: Final = 8
MOST_CALLS: Final = 6
MOST_TURNS: Final = 16
NOTHING: Final = -1

BETWEEN_REPORTS: Final = 0.1
"""Seconds; what a process has tried since its last report is not counted if it dies."""

_POST: Final = struct.Struct("=iiQ")
_HEAD: Final = struct.Struct("=Qiiii")  # beats; phase, model, operation, step
_RUN: Final = struct.Struct("=iii")  # phase, owner, turns
_MODEL: Final = struct.Struct("=i")
_TURNS: Final = [struct.Struct("=ii" + "iiQq" * turns) for turns in range(MOST_TURNS + 1)]
_THREAD: Final = struct.Struct(f"={1 + MOST_CALLS}h")  # how many calls, and of which operations

BOARD_SIZE: Final = MOST_THREADS * _POST.size
_RUN_AT: Final = BOARD_SIZE + 64
_TURNS_AT: Final = _RUN_AT + 4
_MODEL_AT: Final = _RUN_AT + 508  # behind as many turns as there can be
_CALLS_AT: Final = _RUN_AT + 512
_RUN_SIZE: Final = 512 + MOST_THREADS * _THREAD.size
_BEFORE_AT: Final = _RUN_AT + 1024
SIZE: Final = 4096


class Phase(IntEnum):
    """What the process is at."""

    START = 0
    IMPORT = 1
    MODELS = 2  # reads or makes its models
    ALONE = 3  # tries each operation by itself
    ORDER = 4  # calls one after the other: no thread runs beside another one
    STOPS = 5
    TOGETHER = 6
    FIRST_USE = 7
    BURST = 8
    BETWEEN = 9  # nothing of the extension runs, except what the collector runs
    DONE = 10

    @property
    def is_concurrent(self) -> bool:
        """Whether threads run calls beside each other in it."""
        return Phase.STOPS <= self <= Phase.BURST


METHODS: Final[Mapping[Phase, Method]] = {
    Phase.ORDER: Method.ORDER,
    Phase.STOPS: Method.STOPS,
    Phase.TOGETHER: Method.TOGETHER,
    Phase.FIRST_USE: Method.FIRST_USE,
    Phase.BURST: Method.BURST,
}
"""What is done in the phases that have runs."""

_PHASES: Final = {method: phase for phase, method in METHODS.items()}


@dataclass(frozen=True, slots=True)
class Post:
    """What one thread of the crew says of itself: its number in the kernel, and how many calls it has completed."""

    thread: int
    in_call: bool
    calls: int


@dataclass(frozen=True, slots=True)
class Run:
    """A run as it was written down before it began."""

    model: int
    phase: Phase
    calls: Calls
    owner: int
    turns: tuple[NativeTurn, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """All that stands in a journal.

    Attributes:
        phase: what the process is at.
        model, operation: which one, by number; -1 for none.
        step: how many steps of the exploration of this model are over.
        now: the run, in a phase that has runs.
        before: the last concurrent run on another scenario.
        posts: of the threads of the crew.
        beats: changes whenever something is begun outside of runs.
    """

    phase: Phase
    model: int
    operation: int
    step: int
    now: Run
    before: Run
    posts: tuple[Post, ...]
    beats: int

    @property
    def pulse(self) -> tuple[int, ...]:
        """What changes as long as the process gets on."""
        return (self.beats, *(post.calls for post in self.posts))


class Journal:
    """The writing side. For the thread that runs the crew.

    Attributes:
        written_last: which model's journal has written what stands there; None if none has.
    """

    def __init__(self, path: Path) -> None:
        """Make the file and map it."""
        with path.open("w+b") as file:
            file.truncate(SIZE)
            self._map = mmap.mmap(file.fileno(), SIZE)
        self._beats = 0
        self.written_last: object = None
        self.phase(Phase.START)

    @property
    def board(self) -> memoryview:
        """Where the threads of the crew write."""
        return memoryview(self._map)[:BOARD_SIZE]

    def phase(self, phase: Phase, model: int = NOTHING, operation: int = NOTHING, step: int = 0) -> None:
        """What follows is this."""
        self._beats += 1
        self.written_last = None
        _HEAD.pack_into(self._map, BOARD_SIZE, self._beats, phase, model, operation, step)

    def scenario(self, phase: Phase, model: int, step: int, calls: Calls) -> None:
        """What follows is runs of this scenario."""
        if Phase(int.from_bytes(self._map[_RUN_AT : _RUN_AT + 4], "little")).is_concurrent:
            self._map[_BEFORE_AT : _BEFORE_AT + _RUN_SIZE] = self._map[_RUN_AT : _RUN_AT + _RUN_SIZE]
        for thread in range(MOST_THREADS):
            made = calls[thread][:MOST_CALLS] if thread < len(calls) else ()
            padding = (NOTHING,) * (MOST_CALLS - len(made))
            _THREAD.pack_into(self._map, _CALLS_AT + thread * _THREAD.size, len(made), *made, *padding)
        _RUN.pack_into(self._map, _RUN_AT, phase, 0, 0)
        _MODEL.pack_into(self._map, _MODEL_AT, model)
        self.phase(phase, model, step=step)

    def run(self, owner: int, turns: Sequence[NativeTurn]) -> None:
        """The next run begins."""
        kept = turns[:MOST_TURNS]
        _TURNS[len(kept)].pack_into(self._map, _TURNS_AT, owner, len(kept), *chain.from_iterable(kept))


class _Explorer(Protocol):
    step: int


class ModelJournal:
    """The journal as the exploration of one model writes it (``trials.Journal``)."""

    def __init__(self, journal: Journal, model: int, numbers: Mapping[int, int]) -> None:
        """``numbers`` has the number of each of the model's operations, by its ``id()``."""
        self.run = journal.run
        self._explorer: _Explorer | None = None
        self._report: Callable[[], None] = lambda: None
        self._next = 0.0
        self._scenario: Scenario | None = None
        self._method: Method | None = None
        self._journal = journal
        self._model = model
        self._numbers = numbers

    def follow(self, explorer: _Explorer, report: Callable[[], None]) -> None:
        """Write down how far this exploration is, and now and then have it reported."""
        self._explorer = explorer
        self._report = report

    def scenario(self, scenario: Scenario, method: Method) -> None:
        """What follows is about this scenario. It is said before each run, and written when it changes.

        Of first uses it is always written, and so changes the pulse: the threads of a fork are on no board.
        """
        if (now := time.monotonic()) > self._next:
            self._next = now + BETWEEN_REPORTS
            self._report()
        same = self._journal.written_last is self and scenario is self._scenario and method is self._method
        if same and method is not Method.FIRST_USE:
            return
        calls = tuple(tuple(self._numbers[id(call)] for call in thread) for thread in scenario.threads)
        step = self._explorer.step if self._explorer else 0
        self._journal.scenario(_PHASES[method], self._model, step, calls)
        self._journal.written_last, self._scenario, self._method = self, scenario, method


def read(path: Path) -> Entry:
    """What stands in a journal.

    Raises:
        OSError: there is none.
    """
    data = path.read_bytes().ljust(SIZE, b"\0")
    beats, phase, model, operation, step = _HEAD.unpack_from(data, BOARD_SIZE)
    posts = [_POST.unpack_from(data, number * _POST.size) for number in range(MOST_THREADS)]
    return Entry(
        phase=Phase(phase),
        model=model,
        operation=operation,
        step=step,
        now=_run(data[_RUN_AT:_BEFORE_AT]),
        before=_run(data[_BEFORE_AT:]),
        posts=tuple(Post(thread, bool(in_call), calls) for thread, in_call, calls in posts if thread),
        beats=beats,
    )


def _run(data: bytes) -> Run:
    phase, owner, number = _RUN.unpack_from(data)
    (model,) = _MODEL.unpack_from(data, _MODEL_AT - _RUN_AT)
    written = _TURNS[number].unpack_from(data, _TURNS_AT - _RUN_AT)[2:]
    threads = [_THREAD.unpack_from(data, 512 + thread * _THREAD.size) for thread in range(MOST_THREADS)]
    calls = [made[: max(0, length)] for length, *made in threads]
    while calls and not calls[-1]:
        calls.pop()
    turns = tuple((written[at], written[at + 1], written[at + 2], written[at + 3]) for at in range(0, len(written), 4))
    return Run(model, Phase(phase), tuple(map(tuple, calls)), owner, turns)
