"""What a process that may crash or hang leaves behind: a file of fixed size that it has mapped into its memory."""

from __future__ import annotations

import mmap
import struct
import time
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Journal", "Record", "read"]

_NUMBERS = struct.Struct("<ddQ")
_EXECUTIONS = struct.Struct("<Q")
_SIZE = 256


@dataclass(frozen=True)
class Record:
    """What the file says.

    Attributes:
        started: when the process had imported everything, by the system's monotonic clock; 0.0 before that.
        found: when it found something; 0.0 if it has not.
        executions: how often it had done what it does, then or at last.
        how: what it found.
    """

    started: float
    found: float
    executions: int
    how: str


class Journal:
    """For the process that writes. One thread of it at a time, except for `count_to`."""

    def __init__(self, path: Path) -> None:
        """Open a journal that `read` will read."""
        self.started = 0.0
        self._found = 0.0
        self._executions = 0
        with path.open("w+b") as file:
            file.truncate(_SIZE)
            self._memory = mmap.mmap(file.fileno(), _SIZE)

    def start(self) -> None:
        """All is imported: from here on the method is at work."""
        self.started = time.monotonic()
        self._write()

    def count(self, executions: int) -> None:
        """So many more."""
        self._executions += executions
        self._write()

    def count_to(self, executions: int) -> None:
        """So many in all. Threads may write at the same time: any of their numbers shows that they get on."""
        self._executions = executions
        _EXECUTIONS.pack_into(self._memory, _NUMBERS.size - _EXECUTIONS.size, executions)

    def find(self, how: str) -> None:
        """Something is wrong; only the first time counts."""
        if not self._found:
            self._found = time.monotonic()
            text = how.encode()[: _SIZE - _NUMBERS.size]
            self._memory[_NUMBERS.size : _NUMBERS.size + len(text)] = text
            self._write()

    @property
    def seconds(self) -> float:
        """Since the start."""
        return time.monotonic() - self.started

    def _write(self) -> None:
        _NUMBERS.pack_into(self._memory, 0, self.started, self._found, self._executions)


def read(path: Path) -> Record:
    """What the process has written so far, whether it lives or not."""
    data = path.read_bytes().ljust(_SIZE, b"\0") if path.exists() else bytes(_SIZE)
    started, found, executions = _NUMBERS.unpack_from(data)
    return Record(started, found, executions, data[_NUMBERS.size :].rstrip(b"\0").decode("utf-8", "replace"))
