"""Which objects of the extension are known, how each came to be and how much was done to it: without keeping any alive.

An object is known by its ``id``, and by a weak reference where its type allows one. Where it does not, an object that
was made unseen at the address of one that is gone is taken for that one; what is rebuilt then is another object of the
same type.
"""

from __future__ import annotations

import threading
import weakref
from dataclasses import dataclass
from typing import Final

__all__ = ["Entry", "Lives"]

MOST_DONE: Final = 64
"""What was done after that to an object is not written down: a longer history takes too long to repeat."""

MOST_LIVES: Final = 3000
"""Of one class."""

MOST_KNOWN: Final = 20_000
"""At one time."""


@dataclass(slots=True, eq=False)
class Entry:
    """A life that goes on.

    Attributes:
        done: how many operations were written down.
        lost: something was done that was not written down, so the history ends before it.
    """

    number: int
    owner: str
    ref: weakref.ref[object] | None
    done: int = 0
    lost: bool = False

    def is_of(self, value: object) -> bool:
        """Whether it is the life of this object, as far as that can be told."""
        return self.ref is None or self.ref() is value


class Lives:
    """The objects that are known. For any number of threads."""

    def __init__(self) -> None:
        self._known: dict[int, Entry] = {}
        self._count: dict[str, int] = {}
        self._next = 0
        self._lock = threading.Lock()

    def of(self, value: object) -> Entry | None:
        """The life of this object."""
        entry = self._known.get(id(value))
        return entry if entry is not None and entry.is_of(value) else None

    def begin(self, value: object, owner: str) -> Entry | None:
        """Know this object from now on; None if there are enough of its class."""
        with self._lock:
            count = self._count.get(owner, 0)
            if count == MOST_LIVES:
                self._known.pop(id(value), None)  # whatever lived at this address is gone
                return None
            self._count[owner] = count + 1
            if len(self._known) >= MOST_KNOWN:
                self._forget()
            entry = Entry(self._next, owner, _weak(value))
            self._next += 1
            self._known[id(value)] = entry
            return entry

    def _forget(self) -> None:
        """Keep the younger half of those that may still live."""
        alive = {key: entry for key, entry in self._known.items() if entry.ref is None or entry.ref() is not None}
        self._known = dict(list(alive.items())[-MOST_KNOWN // 2 :])


def _weak(value: object) -> weakref.ref[object] | None:
    try:
        return weakref.ref(value)
    except TypeError:
        return None
