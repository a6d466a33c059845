"""The operations that have begun and not ended, found by the frame that does them and the place in it.

The frame tells a function apart from one that it calls, a generator or coroutine from what runs while it is suspended,
and one thread from another.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import FrameType

from ungil.stress.harvest.corpus import Call
from ungil.stress.harvest.interest import First, Wish
from ungil.stress.harvest.lives import Entry

__all__ = ["Kept", "Opened", "Seen"]


@dataclass(slots=True)
class Kept:
    """A value that is evaluated before the object on which the operation is."""

    site: int
    value: object


class Seen:
    """One call, from when its function is known until its result is.

    It holds bytes, never the objects: an exception between two hooks leaves it behind.

    Attributes:
        entry: of the subject, if its making was seen.
        missing: how many arguments are still to come.
        first: what the next argument is.
        why: why the call cannot be done again.
        reverse: the second argument is evaluated before the first.
        off: the call turned out to be of no interest.
        relayed: who is called calls what is written down, so the result is another.
        op, after: once all arguments are there: the number of the operation, and what was done to the subject before.
    """

    __slots__ = (
        *("after", "args", "call", "entry", "first", "kwargs", "missing", "off", "op", "owner", "relayed", "reverse"),
        *("site", "types", "why"),
    )

    def __init__(self, site: int, wish: Wish, entry: Entry | None, missing: int = 0) -> None:
        self.site = site
        self.missing = missing
        self.args: list[bytes] = []
        self.kwargs: list[tuple[str, bytes]] = []
        self.types: list[str] = []
        self.why = ""
        self.off = self.relayed = self.reverse = False
        self.op: int | None = None
        self.after = 0
        self.become(wish, entry)

    def become(self, wish: Wish, entry: Entry | None) -> None:
        """Be a call of this function."""
        self.owner, self.call, self.first, self.entry = wish.owner, wish.call, wish.first, entry

    def of_subject(self, owner: str, call: Call, entry: Entry | None) -> None:
        """What was to be the subject is one."""
        self.owner, self.call, self.first, self.entry = owner, call, First.ARGUMENT, entry


class Opened:
    """What has begun in each frame, the last begun last. A frame runs in one thread at a time, so no lock is needed."""

    def __init__(self) -> None:
        self._frames: dict[int, list[Seen | Kept]] = {}

    def __bool__(self) -> bool:
        """Whether there is anything."""
        return bool(self._frames)

    def clear(self) -> None:
        """Forget what exceptions left behind."""
        self._frames.clear()

    def push(self, frame: FrameType, item: Seen | Kept) -> None:
        """Begin; what began at the same place before, and was never ended, goes."""
        self.take(frame, item.site)
        self._frames.setdefault(id(frame), []).append(item)

    def find(self, frame: FrameType, site: int) -> Seen | Kept | None:
        """What has begun at this place."""
        for item in reversed(self._frames.get(id(frame), ())):
            if item.site == site:
                return item
        return None

    def take(self, frame: FrameType, site: int) -> Seen | Kept | None:
        """End what has begun at this place, and with it what began in between."""
        stack = self._frames.get(id(frame), [])
        for index in reversed(range(len(stack))):
            if stack[index].site == site:
                item = stack[index]
                del stack[index:]
                if not stack:
                    self._frames.pop(id(frame), None)
                return item
        return None
