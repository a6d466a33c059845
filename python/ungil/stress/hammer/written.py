"""Values and calls as Python source that makes them anew: for scripts, which have nothing else."""

from __future__ import annotations

import ast
import functools
import pickle
import sys
from collections.abc import Callable, Iterable
from types import (
    BuiltinFunctionType,
    FunctionType,
    MethodDescriptorType,
    MethodType,
    ModuleType,
    WrapperDescriptorType,
)
from typing import Any, Final

from ungil.stress.hammer.model import Model, Operation

__all__ = ["UnwritableError", "Writer"]

LONGEST_PICKLE: Final = 400
"""Bytes: nobody reads a script that holds more."""

_SINGLETONS: Final = {None: "None", True: "True", False: "False", ...: "...", NotImplemented: "NotImplemented"}
_IN_REPR: Final = (
    ast.Attribute,
    ast.Call,
    ast.Constant,
    ast.Dict,
    ast.Expression,
    ast.List,
    ast.Load,
    ast.Name,
    ast.Set,
    ast.Tuple,
    ast.UAdd,
    ast.USub,
    ast.UnaryOp,
    ast.keyword,
)


class UnwritableError(Exception):
    """There is no source for it; the text says of what."""


class Writer:
    """Writes source, and gathers what it needs. Not for several threads at once.

    Attributes:
        imports: names of modules.
        data: pickles that are too long to be read; the source finds them as ``DATA``.
    """

    def __init__(self) -> None:
        self.imports: set[str] = set()
        self.data: list[bytes] = []

    def maker(self, model: Model) -> str:
        """A definition of ``make``.

        Raises:
            UnwritableError: the model says nothing, and its maker is no class or function that can be imported.
        """
        return f"def make():\n    return {self._call(model.make, (), {})}\n"

    def observer(self, model: Model) -> str:
        """A definition of ``state``; nothing if the model observes nothing of its own.

        Raises:
            UnwritableError: its observer is no function that can be imported.
        """
        if model.state is None:
            return ""
        if type(model.state).__module__ == "operator":  # methodcaller, attrgetter, itemgetter
            self.imports.add("operator")
            return f"state = {model.state!r}\n"
        return f"def state(subject):\n    return {self._named(model.state)}(subject)\n"

    def call(self, operation: Operation) -> str:
        """An expression that makes the call on ``subject``.

        Raises:
            UnwritableError: its arguments are made by code, or cannot be written, or nobody can import its function.
        """
        if operation.written:
            return operation.written
        if operation.fresh:
            raise UnwritableError(f"the arguments of {operation.name}() are made by code that has no source")
        if isinstance(operation.target, str):
            return f"subject.{operation.target}({self._arguments(operation.args, operation.kwargs)})"
        args = self._arguments(operation.args, operation.kwargs)
        given = args if operation.alone else f"subject, {args}".rstrip(", ")
        return f"{self._named(operation.target)}({given})"

    def value(self, value: object) -> str:
        """An expression that makes an equal value.

        Raises:
            UnwritableError: nothing says how.
        """
        if type(value) in {type(one) for one in _SINGLETONS}:
            return _SINGLETONS[value]
        if type(value) in {int, str, bytes, bytearray, complex, range} or (type(value) is float and value == value):
            return self._number(value)
        container = self._container(value)
        return container or self._importable(value) or self._by_repr(value) or self._pickled(value)

    def _number(self, value: object) -> str:
        text = repr(value)
        return f"float({text!r})" if text in {"inf", "-inf"} else text

    def _container(self, value: Any) -> str:  # noqa: ANN401 - of whichever class it is
        kind = type(value)
        if kind is dict:
            return "{" + ", ".join(f"{self.value(key)}: {self.value(item)}" for key, item in value.items()) + "}"
        if kind is slice:
            return f"slice({self._list((value.start, value.stop, value.step))})"
        if kind not in {list, tuple, set, frozenset}:
            return ""
        inside = self._list(value)
        if kind is list:
            return f"[{inside}]"
        if kind is tuple:
            return f"({inside},)" if len(value) == 1 else f"({inside})"
        written = f"{{{inside}}}" if value else "()"
        return f"{kind.__name__}({written})" if kind is frozenset or not value else written

    def _list(self, values: Iterable[object]) -> str:
        return ", ".join(map(self.value, values))

    def _arguments(self, args: tuple[Any, ...], kwargs: Any) -> str:  # noqa: ANN401 - a mapping of anything
        return ", ".join([*map(self.value, args), *(f"{key}={self.value(item)}" for key, item in kwargs.items())])

    def _call(self, function: Callable[..., object], args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
        if isinstance(function, functools.partial):
            return self._call(function.func, function.args + args, function.keywords | kwargs)
        return f"{self._named(function)}({self._arguments(args, kwargs)})"

    def _named(self, function: object) -> str:
        name = self._importable(function)
        if not name:
            raise UnwritableError(f"{_what(function)} cannot be imported by its name")
        return name

    def _importable(self, value: object) -> str:
        """The name by which it can be imported, if it has one and that leads to it."""
        if isinstance(value, ModuleType):
            return self._module(value.__name__) if sys.modules.get(value.__name__) is value else ""
        if isinstance(value, MethodType) and isinstance(value.__self__, type):
            return f"{self._named(value.__self__)}.{value.__name__}"
        if isinstance(value, MethodDescriptorType | WrapperDescriptorType):
            return f"{self._named(value.__objclass__)}.{value.__name__}"
        if not isinstance(value, type | FunctionType | BuiltinFunctionType):
            return ""
        module, name = str(getattr(value, "__module__", "")), value.__qualname__
        for known in (module.removeprefix("_"), module):  # operator rather than _operator
            if known != "__main__" and _leads_to(known, name, value):
                return name if known == "builtins" else f"{self._module(known)}.{name}"
        return ""

    def _module(self, name: str) -> str:
        self.imports.add(name)
        return name

    def _by_repr(self, value: object) -> str:
        """Its ``repr``, if that is an expression that makes an equal object."""
        text, kind = repr(value), type(value)
        known = {kind.__name__: kind, kind.__module__.partition(".")[0]: sys.modules.get(kind.__module__.partition(".")[0])}
        try:
            tree = ast.parse(text, mode="eval")
            if not all(isinstance(node, _IN_REPR) for node in ast.walk(tree)):
                return ""
            again = eval(text, dict(known))  # noqa: S307 - the repr of a value that the tests use themselves
            if type(again) is not kind or again != value:
                return ""
        except Exception:  # noqa: BLE001 - whatever a class does with a repr that is not meant to be read back
            return ""
        bare = text.startswith(f"{kind.__name__}(")
        self._module(kind.__module__)
        return f"{kind.__module__}.{text}" if bare else text

    def _pickled(self, value: object) -> str:
        try:
            data = pickle.dumps(value)
            again = pickle.loads(data)  # noqa: S301 - what was just made
        except Exception as error:
            raise UnwritableError(f"{_what(value)} has no source, and cannot be pickled") from error
        if type(again) is not type(value):
            raise UnwritableError(f"{_what(value)} has no source, and its pickle is another object")
        self.imports.add("pickle")
        if len(data) <= LONGEST_PICKLE:
            return f"pickle.loads({data!r})"
        self.data.append(data)
        return f"pickle.loads(DATA[{len(self.data) - 1}])"


def _leads_to(module: str, name: str, value: object) -> bool:
    found: object = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return found is value


def _what(value: object) -> str:
    return f"'{getattr(value, '__qualname__', type(value).__qualname__)}'"
