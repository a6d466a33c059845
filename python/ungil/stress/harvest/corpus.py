"""The file in which a harvest is kept: records one after the other, written as they come.

A test suite that crashes, hangs or is ended leaves all that it did until then. Values in it are pickles: reading a
corpus runs code, as running the tests did.
"""

from __future__ import annotations

import os
import pickle
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from ungil.errors import SourceError

__all__ = ["SUFFIX", "Call", "Did", "Dropped", "Life", "Op", "Record", "Rewritten", "Writer", "read"]

SUFFIX: Final = ".harvest"
_MAGIC: Final = b"ungil harvest 1\n"


class Call(NamedTuple):
    """What is called.

    Attributes:
        how: ``method`` of the subject, by name; ``function`` with the subject among its arguments; ``alone``, a
            function or class of the module without one.
        name: of the method; ``module:qualified.name`` of the function or class.
        place: the position of the subject among the arguments of a ``function``.
    """

    how: str
    name: str
    place: int = 0


class Op(NamedTuple):
    """An operation, written down when it is first seen.

    Attributes:
        owner: of the subject's class ``module:qualified.name``, or the name of a module.
        args, kwargs: pickles, in which an object of the extension stands as the number of a life and of what was done.
        types: of the arguments, for telling operations apart.
        path, line: of the test that did it.
    """

    number: int
    owner: str
    call: Call
    args: tuple[bytes, ...]
    kwargs: tuple[tuple[str, bytes], ...]
    types: tuple[str, ...]
    path: str
    line: int


class Life(NamedTuple):
    """An object of the extension came to be: by an operation, on another life after its first ``after`` operations."""

    number: int
    owner: str
    op: int
    parent: int | None
    after: int


class Did(NamedTuple):
    """An operation was done to the object of a life."""

    life: int
    op: int


class Dropped(NamedTuple):
    """Something was seen that cannot be done again, and why."""

    owner: str
    name: str
    why: str
    path: str
    line: int


class Rewritten(NamedTuple):
    """A file of tests was taken, or, with a reason, left as it is."""

    path: str
    why_not: str


type Record = Op | Life | Did | Dropped | Rewritten


class Writer:
    """Writes records to a file of its own. For any number of threads."""

    def __init__(self, path: Path) -> None:
        """Make the file.

        Raises:
            OSError: it cannot be made.
        """
        self._lock = threading.Lock()
        self._file: BinaryIO | None = path.open("xb")
        self._file.write(_MAGIC)
        self._file.flush()

    def write(self, record: Record) -> None:
        """Append one record; it is in the file for good after the next ``flush``."""
        data = pickle.dumps((type(record).__name__, tuple(record)))
        with self._lock:
            if self._file:
                self._file.write(data)

    def flush(self) -> None:
        """Hand everything to the system, which keeps it if this process dies."""
        with self._lock:
            if self._file:
                self._file.flush()

    def close(self) -> None:
        """Write nothing more."""
        with self._lock:
            if self._file:
                self._file.close()
            self._file = None

    def abandon(self) -> None:
        """In a fork: what is still to be written is written by the other process, and must not be by this one."""
        if self._file:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._file.fileno())
            os.close(nowhere)


_KINDS: Final[dict[str, type[Record]]] = {kind.__name__: kind for kind in (Op, Life, Did, Dropped, Rewritten)}


def read(path: Path) -> Iterator[Record]:
    """The records of a file, as far as they were written whole.

    Raises:
        SourceError: the file cannot be read, or is no corpus.
    """
    try:
        with path.open("rb") as file:
            if file.read(len(_MAGIC)) != _MAGIC:
                raise SourceError(f"{path} is not a harvest of this version of ungil.", "Harvest the tests again.")
            yield from _records(file)
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror}.", "Harvest the tests again.") from error


def _records(file: BinaryIO) -> Iterator[Record]:
    while True:
        try:
            kind, values = pickle.load(file)  # noqa: S301 - what the user's own tests wrote
        except (EOFError, pickle.UnpicklingError):
            return  # the end, or where the writer was ended in the middle of a record
        kind_of_record = _KINDS[kind]
        call = Call(*values[2]) if kind_of_record is Op else None
        yield Op(*values[:2], call, *values[3:]) if call else kind_of_record(*values)  # type: ignore[call-arg]
