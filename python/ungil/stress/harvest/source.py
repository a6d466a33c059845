"""What a harvest does again, as Python source for a script that has nothing of the harvest.

What raises where it is done again is not written: it was part of a test, and leaves the object as it was.
"""

from __future__ import annotations

import io
import pickle
from typing import Any

from ungil.stress.hammer.models.literal import Named, Writer
from ungil.stress.harvest.corpus import Op
from ungil.stress.harvest.replay import Process, Rebuild, function_of
from ungil.stress.harvest.values import SAME

__all__ = ["Source"]


class Source:
    """Writes how objects are made, those that belong together only once. Not for several threads at once."""

    def __init__(self, process: Process, writer: Writer) -> None:
        self.steps: list[tuple[str, str]] = []
        self._process = process
        self._writer = writer
        self._rebuild = Rebuild(process)
        self._names: dict[int, str] = {}

    def lines(self, *given: str) -> list[str]:
        """The lines of a function that takes all steps so far, and returns these names."""
        steps = [f"{name} = {text}" if name else text for name, text in self.steps]
        return [*steps, f"return {', '.join(given)}"]

    def arguments(self, op: Op, subject: str) -> tuple[list[str], dict[str, str]]:
        """The arguments of an operation as expressions, each of which takes the steps that it needs by itself."""
        args = [self._alone(data, subject) for data in op.args]
        return args, {word: self._alone(data, subject) for word, data in op.kwargs}

    def life(self, number: int, after: int) -> str:
        """Take the steps to the object of a life, as it was after its first operations; the name that it has then.

        Raises:
            UnwritableError: one of them has no source.
            Exception: whatever making the object raises.
        """
        if number not in self._names:
            born = self._process.lives[number]
            parent = "" if born.parent is None else self.life(born.parent, born.after)
            made = self._rebuild.life(number, 0)
            self._names[number] = name = (
                f"{born.owner.rpartition(':')[2].rpartition('.')[2].strip('_').lower()}{number}"
            )
            self.steps.append((name, self._call(self._process.ops[born.op], parent)))
            for op in self._process.history[number][:after]:
                self._step(self._process.ops[op], made, name)
        return self._names[number]

    def _step(self, op: Op, made: object, name: str) -> None:
        text = self._call(op, name)
        try:
            self._rebuild.call(op, made)
        except Exception:  # noqa: BLE001 - it was part of a test
            return
        self.steps.append(("", text))

    def _call(self, op: Op, subject: str) -> str:
        given = [self._value(data, subject) for data in op.args]
        if op.call.how == "function":
            given.insert(op.call.place, subject)
        given += [f"{word}={self._value(data, subject)}" for word, data in op.kwargs]
        if op.call.how == "method":
            return f"{subject}.{op.call.name}({', '.join(given)})"
        function = function_of(op.call.name)
        write = getattr(function, "write", None)
        return write(self._writer, given) if write else f"{self._writer.name(function)}({', '.join(given)})"

    def _value(self, data: bytes, subject: str) -> str:
        return self._writer.value(_Unpickler(data, self, subject).load())

    def _alone(self, data: bytes, subject: str) -> str:
        """A value with its steps in one expression."""
        own = Source(self._process, self._writer)
        text = own._value(data, subject)
        if not own.steps:
            return text
        if len(own.steps) == 1 and text == own.steps[0][0]:
            return own.steps[0][1]
        steps = [f"{name} := {step}" if name else step for name, step in own.steps]
        return f"({', '.join([*steps, text])})[-1]"


class _Unpickler(pickle.Unpickler):
    def __init__(self, data: bytes, source: Source, subject: str) -> None:
        super().__init__(io.BytesIO(data))
        self._source = source
        self._subject = subject

    def persistent_load(self, pid: Any) -> Named:  # noqa: ANN401 - what values.py gave
        return Named(self._subject if pid == SAME else self._source.life(*pid))
