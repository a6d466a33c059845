"""Does again what a harvest wrote down: makes the objects, loads the arguments."""

from __future__ import annotations

import contextlib
import importlib
import io
import pickle
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ungil.errors import SourceError
from ungil.stress.hammer.models.model import SUBJECT
from ungil.stress.harvest.corpus import SUFFIX, Did, Dropped, Life, Op, Rewritten, read
from ungil.stress.harvest.values import SAME

__all__ = ["Process", "Rebuild", "function_of", "load"]


class Process:
    """What one process of a test suite did.

    Attributes:
        ops: by number.
        lives: by number.
        history: of each life, the numbers of the operations in order.
    """

    def __init__(self, path: Path) -> None:
        """Read a file.

        Raises:
            SourceError: it cannot be read.
        """
        self.ops: dict[int, Op] = {}
        self.lives: dict[int, Life] = {}
        self.history: dict[int, list[int]] = defaultdict(list)
        self.dropped: list[Dropped] = []
        self.rewritten: list[Rewritten] = []
        for record in read(path):
            match record:
                case Op():
                    self.ops[record.number] = record
                case Life():
                    self.lives[record.number] = record
                case Did():
                    self.history[record.life].append(record.op)
                case Dropped():
                    self.dropped.append(record)
                case Rewritten():
                    self.rewritten.append(record)


def load(folder: Path) -> list[Process]:
    """All files of a harvest.

    Raises:
        SourceError: there is none, or one cannot be read.
    """
    paths = sorted(folder.glob(f"*{SUFFIX}"))
    if not paths:
        raise SourceError(f"{folder} has no harvest in it.", "Run the tests with -p ungil.stress.harvest.plugin first.")
    return [Process(path) for path in paths]


class Rebuild:
    """Makes objects as they were made, those that belong together only once.

    One is for one subject: an argument that is a life of which the object is there already is that object.
    """

    def __init__(self, process: Process) -> None:
        self._process = process
        self._made: dict[int, object] = {}

    def life(self, number: int, after: int) -> Any:  # noqa: ANN401 - whatever the tests made
        """The object of a life as it was after its first ``after`` operations; what these raise is as it was, too.

        Raises:
            Exception: whatever its making raises, where that needs something that the tests had and is gone.
        """
        if number not in self._made:
            born = self._process.lives[number]
            parent = None if born.parent is None else self.life(born.parent, born.after)
            self._made[number] = self.call(self._process.ops[born.op], parent)
            for op in self._process.history[number][:after]:
                with contextlib.suppress(Exception):
                    self.call(self._process.ops[op], self._made[number])
        return self._made[number]

    def call(self, op: Op, subject: object) -> object:
        """Do an operation.

        Raises:
            Exception: whatever it raises.
        """
        loaded, kwargs = self.arguments(op)
        args = [subject if value is SUBJECT else value for value in loaded]
        if op.call.how == "method":
            return getattr(subject, op.call.name)(*args, **kwargs)
        if op.call.how == "function":
            args.insert(op.call.place, subject)
        return function_of(op.call.name)(*args, **kwargs)

    def arguments(self, op: Op) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Fresh ones.

        Raises:
            Exception: one does not load, because it needs something that the tests had and is gone.
        """
        return tuple(map(self._load, op.args)), {word: self._load(data) for word, data in op.kwargs}

    def _load(self, data: bytes) -> object:
        return _Unpickler(data, self).load()


class _Unpickler(pickle.Unpickler):
    def __init__(self, data: bytes, rebuild: Rebuild) -> None:
        super().__init__(io.BytesIO(data))
        self._rebuild = rebuild

    def persistent_load(self, pid: Any) -> object:  # noqa: ANN401 - what values.py gave
        return SUBJECT if pid == SAME else self._rebuild.life(*pid)


def function_of(name: str) -> Callable[..., Any]:
    """The function or class ``module:qualified.name``.

    Raises:
        ImportError, AttributeError: it is not there.
    """
    module, _, path = name.partition(":")
    found: Any = importlib.import_module(module)
    for part in path.split("."):
        found = getattr(found, part)
    function: Callable[..., Any] = found
    return function
