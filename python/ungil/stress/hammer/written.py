"""A model's parts as Python source: how its subject is made, what is observed of it, each call.

It is found out in the process that has the model, where functions can be asked for their names and values for what they
are; what is found are texts, which other processes can be told.
"""

from __future__ import annotations

import functools
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ungil.stress.hammer.literal import UnwritableError, Writer
from ungil.stress.hammer.model import Model, Operation, Written

__all__ = ["from_json", "of_file", "to_json", "with_source", "written_call"]


def with_source(model: Model) -> Model:
    """The model with the source of each of its parts, or the reason why there is none."""
    operations = tuple(one if one.written else replace(one, written=written_call(one)) for one in model.operations)
    return replace(model, operations=operations, written=model.written or _definitions(model))


def of_file(model: Model, path: str, place: str, ops: Sequence[object]) -> Model:
    """The model with the source of each part; what has none by itself is taken from the file that defines it.

    Args:
        model: which.
        path: of the file.
        place: where the model is, in the dictionary ``FILE`` of what the file leaves behind: ``FILE``,
            ``FILE["models"][1]``.
        ops: its operations as the file writes them.
    """
    plain = with_source(model)
    operations = tuple(
        replace(one, written=_taken(path, _from_list(one, f'{place}["ops"][{index}]', ops[index])))
        if one.written and one.written.why_not
        else one
        for index, one in enumerate(plain.operations)
    )
    written = plain.written
    if written and written.why_not:
        state = f'state = {place}["state"]\n' if model.state else ""
        written = _taken(path, f'make = {place}["make"]\n{state}')
    return replace(plain, operations=operations, written=written)


def _from_list(operation: Operation, item: str, written: object) -> str:
    """The call, where ``item`` is the entry of the list of operations that was ``written``."""
    bare = not isinstance(written, tuple | list)
    given = [] if operation.alone or isinstance(operation.target, str) else ["subject"]
    given += [] if bare else [f"*copy.deepcopy({item}[1:])"]
    function = f"subject.{operation.target}" if isinstance(operation.target, str) else item if bare else f"{item}[0]"
    return f"{function}({', '.join(given)})"


def _taken(path: str, text: str) -> Written:
    return Written(text, frozenset({"copy"} if "copy." in text else ()), file=path)


def to_json(written: Written) -> dict[str, Any]:
    """The same in what JSON has."""
    data = {name: b64encode(pickled).decode() for name, pickled in written.data.items()}
    plain = {"text": written.text, "imports": sorted(written.imports), "data": data}
    return plain | {"file": written.file, "why_not": written.why_not}


def from_json(plain: Mapping[str, Any]) -> Written:
    """What ``to_json`` was given."""
    data = {name: b64decode(text) for name, text in plain["data"].items()}
    return Written(plain["text"], frozenset(plain["imports"]), data, plain["file"], plain["why_not"])


def _definitions(model: Model) -> Written:
    return _written(lambda writer: _make(model, writer) + _state(model, writer))


def _make(model: Model, writer: Writer) -> str:
    return f"def make():\n    return {_called(writer, model.make, '')}\n"


def _state(model: Model, writer: Writer) -> str:
    if model.state is None:
        return ""
    if type(model.state).__module__ == "operator":  # methodcaller, attrgetter, itemgetter
        writer.imports.add("operator")
        return f"\n\nstate = {model.state!r}\n"
    return f"\n\ndef state(subject):\n    return {_called(writer, model.state, 'subject')}\n"


def written_call(operation: Operation) -> Written:
    """The call as an expression on ``subject``."""

    def write(writer: Writer) -> str:
        args, kwargs = operation.fresh() if operation.fresh else (operation.args, operation.kwargs)
        given = writer.arguments(args, kwargs)
        if isinstance(operation.target, str):
            return f"subject.{operation.target}({given})"
        before = [] if operation.alone else ["subject"]
        return f"{writer.name(operation.target)}({', '.join(before + [given] * bool(given))})"

    return _written(write)


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
