"""One way in which the threads of a scenario are let run, and what was seen that no sequential order explains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from ungil.stress.hammer.models.model import Scenario
from ungil.stress.hammer.runs.crew import NativeTurn
from ungil.stress.hammer.runs.difference import Part
from ungil.stress.hammer.runs.text import LoadedText, Spot

__all__ = ["Attempt", "Kind", "Method", "Observation", "Turn", "turns_of"]


class Kind(StrEnum):
    """What was seen, most serious first."""

    CRASH = "crash"  # a signal ended the process
    DEADLOCK = "deadlock"  # every thread waits for another one
    HANG = "hang"  # a thread goes on and on
    OUTCOME = "outcome"  # results, exceptions or a state that no sequential order comes to
    GROWTH = "growth"  # memory that sequential runs do not use up


class Method(StrEnum):
    """How threads are brought together."""

    ORDER = "in order"  # one call after the other, each in its thread
    STOPS = "stops"  # threads stop before instructions, others run
    TOGETHER = "together"  # all set off at the same moment
    FIRST_USE = "first use"  # stops, in a process that has not used the extension before
    BURST = "burst"  # all set off at the same moment, each call made many times


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn of a schedule: ``src/hammer/schedule.hpp`` says what ends it.

    Attributes:
        thread: 0 is A.
        calls: how many calls the thread has completed at its end, at most.
        stop: the instruction before which the thread stops, if any.
        hit: how often that instruction is reached in this turn, this time included.
    """

    thread: int
    calls: int
    stop: Spot | None = None
    hit: int = 0

    def native(self, text: LoadedText) -> NativeTurn:
        """The same for the crew; a place that is not loaded here is no stop."""
        address = text.address(self.stop) if self.stop else None
        return (self.thread, self.calls, address or 0, self.hit if address else 0)

    def __str__(self) -> str:
        """``A to multidict.so+0x4a10, time 2``."""
        name = "ABCDEFGH"[self.thread]
        if not self.stop:
            return f"{name} to its end"
        return f"{name} to {self.stop}" + (f", time {self.hit}" if self.hit > 1 else "")


@dataclass(frozen=True, slots=True)
class Attempt:
    """What can be tried again.

    Attributes:
        scenario: what each thread does.
        method: how the threads are brought together.
        owner: the thread that makes the subject: reference counts are its own.
        turns: of the schedule, with stops or in order.
        times: how often each call is made, in a burst.
    """

    scenario: Scenario
    method: Method
    owner: int = 0
    turns: tuple[Turn, ...] = ()
    times: int = 1

    @property
    def stops(self) -> int:
        """How many stops it takes: fewer is simpler."""
        return sum(turn.stop is not None for turn in self.turns)

    @property
    def first_stop(self) -> Spot | None:
        """Where a thread is stopped first, if one is."""
        return next((turn.stop for turn in self.turns if turn.stop), None)

    def __str__(self) -> str:
        """For people."""
        made = f"made by {'ABCDEFGH'[self.owner]}"
        match self.method:
            case Method.STOPS | Method.ORDER:
                how = ", then ".join(map(str, self.turns)) or "A stopped at one instruction after the other"
            case Method.FIRST_USE:
                how = "first use; " + ", then ".join(map(str, self.turns))
            case Method.TOGETHER:
                how = "together"
            case Method.BURST:
                how = f"together, each call {self.times} times"
        return f"{self.scenario} [{made}; {how}]"


def turns_of(native: Sequence[NativeTurn], text: LoadedText) -> tuple[Turn, ...]:
    """The turns of a schedule that a crew was given, by names that hold in another process."""
    return tuple(
        Turn(thread, calls, text.spot(address) if address else None, hit) for thread, calls, address, hit in native
    )


@dataclass(frozen=True, slots=True)
class Observation:
    """Something that happened to threads that ran together, and in no sequential order.

    Attributes:
        kind: what.
        attempt: what led to it.
        got: the outcome, or what ended the process: ``SIGSEGV``.
        allowed: each order's outcome: ``("A B", "A: 1 | B: 2 | then 2")``.
        reproduced: how often the same attempt led to something that is not allowed, of how many further ones.
        sampled: how many sequential runs stand behind ``allowed``.
        seconds: since the exploration of its model began.
        executions: of concurrent runs until then.
        differs: of an outcome: what of it no order comes to.
        stacks: where the threads stood when the process died or hung, a text for each.
    """

    kind: Kind
    attempt: Attempt
    got: str
    allowed: tuple[tuple[str, str], ...]
    reproduced: tuple[int, int]
    sampled: int
    seconds: float
    executions: int
    differs: frozenset[Part] = frozenset()
    stacks: tuple[str, ...] = ()
