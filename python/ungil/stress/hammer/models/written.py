"""A model's parts as Python source: how its subject is made, what is observed of it, each call.

It is found out in the process that has the model, where functions can be asked for their names and values for what they
are; what is found are texts, which other processes can be told.
"""

from __future__ import annotations

import functools
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from ungil.stress.hammer.models.literal import UnwritableError, Writer
from ungil.stress.hammer.models.model import SUBJECT, Model, Operation, Written

__all__ = [
    "WritesArguments",
    "WritesCall",
    "WritesMake",
    "call_text",
    "from_json",
    "of_file",
    "to_json",
    "with_source",
    "written_call",
]


@runtime_checkable
class WritesCall(Protocol):
    """A function of an operation that knows how to write a call of it."""

    def write(self, writer: Writer, given: Sequence[str]) -> str:
        """The call as an expression, of arguments that are expressions."""
        ...


@runtime_checkable
class WritesArguments(Protocol):
    """What makes the arguments of an operation, and knows how to write them."""

    def write_arguments(self, writer: Writer, subject: str) -> tuple[list[str], dict[str, str]]:
        """Expressions for them; ``subject`` is one for the object."""
        ...


@runtime_checkable
class WritesMake(Protocol):
    """What makes the subject of a model, and knows how to write it."""

    def write_make(self, writer: Writer) -> Sequence[str]:
        """The lines of a function that returns one."""
        ...


def with_source(model: Model) -> Model:
    """The model with the source of each of its parts, or the reason why there is none."""
    return replace(
        model,
        operations=tuple(replace(one, written=one.written or written_call(one)) for one in model.operations),
        written=model.written or _written(lambda writer: _make(model, writer)),
        written_state=model.written_state or (_written(lambda writer: _state(model, writer)) if model.state else None),
    )


def of_file(model: Model, path: Path, place: str, ops: Sequence[object] | None = None) -> Model:
    """The model with the source of each part; what has none by itself is taken from the file that defines it.

    Args:
        model: which.
        path: of the file.
        place: where it is, in the dictionary ``FILE`` of what the file leaves behind: ``FILE``, ``FILE["models"][1]``.
        ops: its operations as the file writes them; of a ``Model`` object, nothing.
    """
    plain = with_source(model)

    def taken(written: Written | None, text: str) -> Written | None:
        if written is None or not written.why_not:
            return written
        return Written(text, frozenset({"copy"} if "copy." in text else ()), file=str(path.resolve()))

    parts = {key: f'{place}["{key}"]' if ops is not None else f"{place}.{key}" for key in ("make", "state")}
    operations = tuple(
        replace(one, written=taken(one.written, _from_list(one, place, index, ops)))
        for index, one in enumerate(plain.operations)
    )
    return replace(
        plain,
        operations=operations,
        written=taken(plain.written, f"make = {parts['make']}\n"),
        written_state=taken(plain.written_state, f"state = {parts['state']}\n"),
    )


def _from_list(operation: Operation, place: str, index: int, ops: Sequence[object] | None) -> str:
    """The call, by its place in the list of operations."""
    if ops is None:
        bound = f"{place}.operations[{index}].bind(subject)"
        return f"(lambda call, args, kwargs: call(*args, **kwargs))(*{bound})"
    item, bare = f'{place}["ops"][{index}]', not isinstance(ops[index], tuple | list)
    given = [] if operation.alone or isinstance(operation.target, str) else ["subject"]
    given += [] if bare else [f"*copy.deepcopy({item}[1:])"]
    function = f"subject.{operation.target}" if isinstance(operation.target, str) else item if bare else f"{item}[0]"
    return f"{function}({', '.join(given)})"


def to_json(written: Written) -> dict[str, Any]:
    """The same in what JSON has."""
    data = {name: b64encode(pickled).decode() for name, pickled in written.data.items()}
    plain = {"text": written.text, "imports": sorted(written.imports), "data": data}
    return plain | {"file": written.file, "why_not": written.why_not}


def from_json(plain: Mapping[str, Any]) -> Written:
    """What ``to_json`` was given."""
    data = {name: b64decode(text) for name, text in plain["data"].items()}
    return Written(plain["text"], frozenset(plain["imports"]), data, plain["file"], plain["why_not"])


def _make(model: Model, writer: Writer) -> str:
    make: object = model.make
    if isinstance(make, WritesMake):
        return "\n    ".join(["def make():", *make.write_make(writer)]) + "\n"
    return f"def make():\n    return {_called(writer, model.make, '')}\n"


def _state(model: Model, writer: Writer) -> str:
    if type(model.state).__module__ == "operator":  # methodcaller, attrgetter, itemgetter
        writer.imports.add("operator")
        return f"state = {model.state!r}\n"
    return f"def state(subject):\n    return {_called(writer, model.state or repr, 'subject')}\n"


def written_call(operation: Operation) -> Written:
    """The call as an expression on ``subject``."""
    return _written(lambda writer: call_text(operation, writer))


def call_text(operation: Operation, writer: Writer) -> str:
    """The same, for the source of something else.

    Raises:
        UnwritableError: there is none.
    """
    subject = "subject" if operation.part is None else f"subject[{operation.part}]"
    args, words = _arguments(operation, writer, subject)
    given = [*args, *(f"{key}={text}" for key, text in words.items())]
    if isinstance(operation.target, str):
        return f"{subject}.{operation.target}({', '.join(given)})"
    given = [subject] * (not operation.alone) + given
    target: object = operation.target
    if isinstance(target, WritesCall):
        return target.write(writer, given)
    return f"{writer.name(target)}({', '.join(given)})"


def _arguments(operation: Operation, writer: Writer, subject: str) -> tuple[list[str], dict[str, str]]:
    fresh: object = operation.fresh
    if isinstance(fresh, WritesArguments):
        return fresh.write_arguments(writer, subject)
    args, kwargs = operation.fresh() if operation.fresh else (operation.args, operation.kwargs)
    written = [subject if arg is SUBJECT else writer.value(arg) for arg in args]
    return written, {key: writer.value(value) for key, value in kwargs.items()}


def _called(writer: Writer, function: Callable[..., object], given: str) -> str:
    """A call of a function, which may hold some of its arguments already."""
    if not isinstance(function, functools.partial):
        return f"{writer.name(function)}({given})"
    own = writer.arguments(function.args, {})
    named = writer.arguments((), function.keywords)
    return f"{writer.name(function.func)}({', '.join(filter(None, [own, given, named]))})"


def _written(write: Callable[[Writer], str]) -> Written:
    writer = Writer()
    try:
        text = write(writer)
    except UnwritableError as error:
        return Written(why_not=str(error))
    return Written(text, frozenset(writer.imports), writer.data)
