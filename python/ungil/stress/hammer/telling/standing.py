"""Where threads stood when a process crashed or hung: the frames of its own that a reader looks for first."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ungil.stress.hammer.runs.attempt import Observation
from ungil.stress.hammer.runs.text import Spot
from ungil.stress.hammer.telling.places import Place, Places

__all__ = ["Stack", "stacks_of"]

OWN: Final = 4
"""Frames of the extension that are told of a thread."""

_FRAME: Final = re.compile(r"^\s+(/.+)\+0x([0-9a-f]+)$")
_PYTHON: Final = re.compile(r'^\s+File "(.+)", line (\d+),? in (.+)$')


@dataclass(frozen=True, slots=True)
class Stack:
    """The stack of one thread.

    Attributes:
        thread: ``A``.
        crashed: whether it is what ended the process.
        frames: of machine code, the innermost first. All but that one are where a call returns to.
        python: frames of Python code, the innermost first: ``f (file.py:3)``.
    """

    thread: str
    crashed: bool
    frames: tuple[Spot, ...]
    python: tuple[str, ...]

    def own(self, places: Places) -> tuple[Spot, ...]:
        """The calls in the extension's frames."""
        return tuple(spot for spot in self._calls if spot.path in places.files)

    def tell(self, places: Places) -> str:
        """``A crashed in free < hunted_renew (hunted.c:70)``; nothing of a thread that was not in the extension."""
        own = self.own(places)
        if not own:
            return ""
        first = self._calls.index(own[0])
        called = places[self._calls[first - 1]].function if first else ""
        shown = [*([called] if called else []), *(_shown(places[spot]) for spot in own[:OWN])]
        how = "crashed" if self.crashed else "stood"
        python = f"; in Python, {' < '.join(self.python[:OWN])}" if self.python else ""
        return f"{self.thread} {how} in {' < '.join(shown)}{python}"

    def wanted(self, places: Places) -> Iterator[Spot]:
        """The places that ``tell`` has to know."""
        own = self.own(places)[:OWN]
        first = self._calls.index(own[0]) if own else 0
        yield from own
        yield from self._calls[first - 1 : first]

    @property
    def _calls(self) -> tuple[Spot, ...]:
        """A call lies before the place that it returns to."""
        return (*self.frames[:1], *(Spot(spot.path, spot.offset - 1) for spot in self.frames[1:]))


def stacks_of(observation: Observation) -> list[Stack]:
    """The stacks that were written when it happened, the thread that crashed first."""
    return sorted(map(_stack, observation.stacks), key=lambda stack: (not stack.crashed, stack.thread))


def _stack(text: str) -> Stack:
    heading, *lines = text.splitlines() or [""]
    frames = [Spot(found[1], int(found[2], 16)) for line in lines if (found := _FRAME.match(line))]
    python = [f"{found[3]} ({found[1]}:{found[2]})" for line in lines if (found := _PYTHON.match(line))]
    thread = heading.partition(",")[0].rstrip(":") or "a thread"
    return Stack(thread, "crashed" in heading, tuple(frames), tuple(python))


def _shown(place: Place) -> str:
    """Without the offset, which is that of a call's last byte."""
    origin = f" ({place.origin.path}:{place.origin.line})" if place.origin else ""
    return f"{place.function or place.spot}{origin}"
