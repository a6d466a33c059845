"""How threads met, and what came of it: a part of the evidence."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "Lane",
    "Moment",
    "Origin",
    "Scenario",
]


@dataclass(frozen=True, slots=True)
class Origin:
    """A place in a source or in machine code: ``shelfcount.c:41``, or the function and offset."""

    text: str
    path: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that a thread does in a scenario.

    Attributes:
        time: which one it is, counted from 0; two moments of one time run together.
        text: ``move_to(b) runs to``, ``goes on to its end``.
        stopped: where the thread is stopped at the end of it; None if it is not.
    """

    time: int
    text: str
    stopped: Origin | None = None


@dataclass(frozen=True, slots=True)
class Lane:
    """A thread: its name, ``A``; what it calls; its moments in order."""

    thread: str
    calls: tuple[str, ...]
    moments: tuple[Moment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """How threads met, and what came of it.

    Attributes:
        title: ``Counter.add beside Counter.reset``.
        lanes: at least one thread.
        got: what came out.
        allowed: each sequential order and its outcome: ``("A B", "2")``.
        again, tries: how often it came out again, of how many more tries.
        confirmed: in words, what a script of plain Python threads showed; empty if it was not tried.
        script: that script's text; empty if there is none.
        stacks: where the threads stood, one text each.
    """

    title: str
    lanes: tuple[Lane, ...]
    got: str
    allowed: tuple[tuple[str, str], ...] = ()
    again: int = 0
    tries: int = 0
    confirmed: str = ""
    script: str = ""
    stacks: tuple[str, ...] = ()
