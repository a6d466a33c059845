"""Turns what the hooks see into records, each operation once, and keeps no object of the tests alive."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Final

from ungil.stress.harvest.corpus import Did, Dropped, Life, Op, Rewritten, Writer
from ungil.stress.harvest.interest import First
from ungil.stress.harvest.lives import MOST_DONE, Lives
from ungil.stress.harvest.opened import Seen
from ungil.stress.harvest.target import Target
from ungil.stress.harvest.values import Dumper, UnportableError

__all__ = ["Recorder", "open_recorder"]

MOST_AT_A_SITE: Final = 100
"""What one place in the tests does more often than that is not written down: it is in a loop."""

MOST_LOOKS: Final = 1000
"""How often the hooks of one place in the tests look at what they are given."""

MOST_ALIKE: Final = 100
"""Operations that differ only in the values of their arguments."""


class Recorder:
    """Writes the records of one process. For any number of threads.

    Attributes:
        modules_of_the_tests: their names.
        recorded: how many operations were written down.
        looks: for each site, how often its hooks are still to look.
    """

    def __init__(self, target: Target, writer: Writer) -> None:
        self.target = target
        self.lives = Lives()
        self.modules_of_the_tests: set[str] = set()
        self.recorded = 0
        self._writer = writer
        self._dumper = Dumper(target, self.lives, self._of_the_tests)
        self.looks: list[int] = []
        self._sites: list[tuple[str, int]] = []
        self._uses: list[int] = []
        self._ops: dict[object, int] = {}
        self._alike: dict[object, int] = {}
        self._dropped: set[object] = set()
        self._lock = threading.Lock()

    def site(self, path: str, line: int) -> int:
        """A number for an operation at a place in the tests."""
        with self._lock:
            self._sites.append((path, line))
            self._uses.append(0)
            self.looks.append(MOST_LOOKS)
            return len(self._sites) - 1

    def rewritten(self, path: str, why_not: str = "") -> None:
        """A file of tests was taken, or not."""
        self._writer.write(Rewritten(path, why_not))

    def add(self, seen: Seen, value: object, word: str | None = None) -> None:
        """The next argument."""
        if seen.why or seen.off:
            return
        try:
            data = self._dumper.dump(value, seen.entry)
        except UnportableError as error:
            seen.why = str(error)
            return
        if word:
            word = str.__str__(word)  # a key of ``**keys`` may be of a class that the tests derive from str
            seen.kwargs.append((word, data))
        else:
            seen.args.append(data)
        name = type(value).__qualname__
        seen.types.append(f"{word}={name}" if word else name)

    def complete(self, seen: Seen) -> None:
        """All arguments are there, and the operation is about to be done."""
        if seen.off or seen.first not in {First.ARGUMENT, First.PERHAPS}:
            return
        if seen.reverse:
            seen.args.reverse()
            seen.types.reverse()
        number = None if seen.why or self._in_a_loop(seen.site) else self._op(seen)
        if seen.why:
            self._drop(seen)
        seen.op, entry = number, seen.entry
        if entry is None:
            return
        seen.after = entry.done
        if number is None or entry.done == MOST_DONE:
            entry.lost = True
        elif not entry.lost:
            entry.done += 1
            self._writer.write(Did(entry.number, number))

    def result(self, seen: Seen, value: object) -> None:
        """The operation is done."""
        owner = self.target.owner_of(value)
        if owner is None or seen.op is None or seen.relayed:
            return
        if seen.entry is None and seen.call.how != "alone":
            return  # it comes from an object of which it is not known how to make it
        known = self.lives.of(value)
        if known is not None and (known is seen.entry or known.ref is not None):
            return  # an operation may return its own object, or one that was made before
        if entry := self.lives.begin(value, owner.name):
            parent = seen.entry.number if seen.entry else None
            self._writer.write(Life(entry.number, entry.owner, seen.op, parent, seen.after))

    def flush(self) -> None:
        """See to it that what was written is kept if the process dies."""
        self._writer.flush()

    def close(self) -> None:
        """Write nothing more."""
        self._writer.close()

    def abandon(self) -> None:
        """Leave the file to the process of which this one is a fork."""
        self._writer.abandon()

    def _of_the_tests(self, module: object) -> bool:
        return module == "__main__" or (module in self.modules_of_the_tests and not self.target.has_module(module))

    def _in_a_loop(self, site: int) -> bool:
        self._uses[site] += 1
        return self._uses[site] > MOST_AT_A_SITE

    def _op(self, seen: Seen) -> int | None:
        args, kwargs, types = tuple(seen.args), tuple(seen.kwargs), tuple(seen.types)
        key = (seen.owner, seen.call, args, kwargs)
        with self._lock:
            if (number := self._ops.get(key)) is not None:
                return number
            alike = self._alike.get((seen.owner, seen.call, types), 0)
            if alike == MOST_ALIKE:
                return None
            self._alike[seen.owner, seen.call, types] = alike + 1
            number = self._ops[key] = len(self._ops)
            self.recorded += 1
            self._writer.write(Op(number, seen.owner, seen.call, args, kwargs, types, *self._sites[seen.site]))
        return number

    def _drop(self, seen: Seen) -> None:
        key = (seen.owner, seen.call, seen.why)
        if key not in self._dropped:
            self._dropped.add(key)
            name = seen.call.name.rpartition(":")[2]
            self._writer.write(Dropped(seen.owner, name, seen.why, *self._sites[seen.site]))


def open_recorder(target: str, path: Path) -> Recorder:
    """A recorder that writes to a new file."""
    return Recorder(Target(target), Writer(path))
