"""An argument as bytes, from which a fresh equal one can be made later, in another process.

Objects of the extension stand in a pickle as a life and how much had been done. Everything else is pickled, unless
that runs what the tests wrote: asking an object of theirs for its state may be what a test counts.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable
from types import BuiltinFunctionType, FunctionType
from typing import Any, Final

from ungil.stress.harvest.lives import Entry, Lives
from ungil.stress.harvest.target import Target

__all__ = ["SAME", "Dumper", "UnportableError"]

MOST_BYTES: Final = 16_384
MOST_ITEMS: Final = 1000
SAME: Final = "same"
"""Stands in a pickle for the object on which the operation is."""

_ATOMS: Final = frozenset({int, str, bytes, float, bool, complex, type(None)})
_SIZED: Final[dict[type, int]] = {
    **dict.fromkeys((list, tuple, dict, set, frozenset), MOST_ITEMS),
    **dict.fromkeys((str, bytes, bytearray), MOST_BYTES),
}


class UnportableError(Exception):
    """A value cannot be made again, and why."""


class Dumper:
    """Makes the bytes. For any number of threads."""

    def __init__(self, target: Target, lives: Lives, of_the_tests: Callable[[object], bool]) -> None:
        """Take ``of_the_tests``, which tells of the name of a module whether it belongs to the tests."""
        self.target = target
        self.lives = lives
        self.of_the_tests = of_the_tests

    def dump(self, value: object, subject: Entry | None = None) -> bytes:
        """The bytes. The object of the life ``subject`` stands in them as ``SAME``.

        Raises:
            UnportableError: it is too large, of a class of the tests, or cannot be pickled.
        """
        kind = type(value)
        if kind in _SIZED and len(value) > _SIZED[kind]:  # type: ignore[arg-type]
            raise UnportableError(f"a {kind.__name__} of a length over {_SIZED[kind]}")
        try:
            data = pickle.dumps(value) if kind in _ATOMS else self._pickle(value, subject)
        except UnportableError:
            raise
        except Exception as error:
            raise UnportableError(f"a {kind.__name__} that cannot be pickled") from error
        if len(data) > 2 * MOST_BYTES:
            raise UnportableError(f"a {kind.__name__} of more than {2 * MOST_BYTES} bytes")
        return data

    def _pickle(self, value: object, subject: Entry | None) -> bytes:
        file = io.BytesIO()
        _Pickler(file, self, subject).dump(value)
        return file.getvalue()


class _Pickler(pickle.Pickler):
    def __init__(self, file: io.BytesIO, dumper: Dumper, subject: Entry | None) -> None:
        super().__init__(file)
        self._dumper = dumper
        self._subject = subject

    def persistent_id(self, obj: object) -> tuple[int, int] | str | None:
        if self._dumper.target.owner(type(obj)) is None:
            return None
        entry = self._dumper.lives.of(obj)
        if entry is not None and entry is self._subject:
            return SAME
        return (entry.number, entry.done) if entry else None

    def reducer_override(self, obj: object) -> Any:  # noqa: ANN401 - as pickle says
        kind = type(obj)
        named: Any = obj if issubclass(kind, (type, FunctionType, BuiltinFunctionType)) else kind
        if self._dumper.of_the_tests(named.__module__):
            raise UnportableError(f"{named.__qualname__}, which the tests define")
        return NotImplemented
