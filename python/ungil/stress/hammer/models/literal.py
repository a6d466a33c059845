"""Values as Python expressions that make them anew."""

from __future__ import annotations

import ast
import hashlib
import io
import pickle
import sys
from collections.abc import Iterable, Mapping
from itertools import product
from types import (
    BuiltinFunctionType,
    FunctionType,
    MethodDescriptorType,
    MethodType,
    ModuleType,
    WrapperDescriptorType,
)
from typing import Any, Final

__all__ = ["Named", "UnwritableError", "Writer"]

LONGEST_PICKLE: Final = 400
"""Bytes: nobody reads a script that holds more."""

_BY_REPR: Final = (bool, bytearray, bytes, complex, int, range, str, type(None), type(...), type(NotImplemented))
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
"""What the ``repr`` of a value consists of that is meant to be read back."""


class UnwritableError(Exception):
    """There is no source for it; the text says of what."""


class Named:
    """Stands for a value that has a name in the source, or that an expression there makes."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __reduce__(self) -> str:
        """Raise: a pickle does not know the name."""
        raise UnwritableError(f"'{self.text}' stands within a value that has no source")


class Writer:
    """Writes expressions, and gathers what they need. Not for several threads at once.

    Attributes:
        imports: names of modules.
        data: pickles that are too long to be read; expressions find them as ``DATA``.
    """

    def __init__(self) -> None:
        self.imports: set[str] = set()
        self.data: dict[str, bytes] = {}

    def value(self, value: object) -> str:
        """An expression that makes an equal value.

        Raises:
            UnwritableError: nothing says how.
        """
        if isinstance(value, Named):
            return value.text
        if type(value) in _BY_REPR:
            return "..." if value is ... else repr(value)
        return self._float(value) if type(value) is float else self._other(value)

    def _other(self, value: object) -> str:
        return self._container(value) or self._importable(value) or self._by_repr(value) or self._pickled(value)

    def arguments(self, args: Iterable[object], kwargs: Mapping[str, object]) -> str:
        """The same of what stands between the brackets of a call.

        Raises:
            UnwritableError: nothing says how.
        """
        return ", ".join([*map(self.value, args), *(f"{key}={self.value(item)}" for key, item in kwargs.items())])

    def name(self, function: object) -> str:
        """The name by which a function or class can be imported.

        Raises:
            UnwritableError: none leads to it.
        """
        name = self._importable(function)
        if not name:
            raise UnwritableError(f"{_what(function)} cannot be imported by its name")
        return name

    def _float(self, value: float) -> str:
        text = repr(value)
        return f"float({text!r})" if text.strip("-").isalpha() else text  # inf, nan

    def _container(self, value: Any) -> str:  # noqa: ANN401 - of whichever class it is
        kind = type(value)
        if kind is dict:
            return "{" + ", ".join(f"{self.value(key)}: {self.value(item)}" for key, item in value.items()) + "}"
        if kind is slice:
            return f"slice({self.arguments((value.start, value.stop, value.step), {})})"
        if kind not in {list, tuple, set, frozenset}:
            return ""
        inside = ", ".join(sorted(map(self.value, value)) if kind in {set, frozenset} else map(self.value, value))
        if kind is list:
            return f"[{inside}]"
        if kind is tuple:
            return f"({inside},)" if len(value) == 1 else f"({inside})"
        written = f"{{{inside}}}" if value else ""
        return f"{kind.__name__}({written})" if kind is frozenset or not value else written

    def _importable(self, value: object) -> str:
        """The name by which it can be imported, if it has one and that leads to it."""
        if isinstance(value, ModuleType):
            return self._module(value.__name__) if sys.modules.get(value.__name__) is value else ""
        if isinstance(value, MethodType | BuiltinFunctionType) and isinstance(value.__self__, type):
            return f"{self.name(value.__self__)}.{value.__name__}"
        if isinstance(value, MethodDescriptorType | WrapperDescriptorType):
            return f"{self.name(value.__objclass__)}.{value.__name__}"
        module, name = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
        if type(module) is not str or type(name) is not str:  # functions of Cython and nanobind have types of their own
            return ""
        plain = getattr(value, "__name__", name)  # pybind11 calls a function by what it keeps it in
        for known, one in product(_public(module), dict.fromkeys((name, plain))):
            if _can_be_imported(known) and _leads_to(known, one, value):
                return one if known == "builtins" else f"{self._module(known)}.{one}"
        return ""

    def _module(self, name: str) -> str:
        self.imports.add(name)
        return name

    def _by_repr(self, value: object) -> str:
        """Its ``repr``, if that is an expression that makes an equal object."""
        kind = type(value)
        top = kind.__module__.partition(".")[0]
        if not _can_be_imported(kind.__module__):
            return ""
        try:
            text = repr(value)
            if not all(isinstance(node, _IN_REPR) for node in ast.walk(ast.parse(text, mode="eval"))):
                return ""
            again = eval(text, {kind.__name__: kind, top: sys.modules.get(top)})  # noqa: S307 - what a class says of itself
            if type(again) is not kind or again != value:
                return ""
        except Exception:  # noqa: BLE001 - whatever a class does with a repr that is not meant to be read back
            return ""
        self._module(kind.__module__)
        return f"{kind.__module__}.{text}" if text.startswith(f"{kind.__name__}(") else text

    def _pickled(self, value: object) -> str:
        try:
            data = _dumps(value)
            again = pickle.loads(data)  # noqa: S301 - what was just made
        except UnwritableError:
            raise
        except Exception as error:
            raise UnwritableError(f"{_what(value)} has no source, and cannot be pickled") from error
        if type(again) is not type(value):
            raise UnwritableError(f"{_what(value)} has no source, and its pickle is another object")
        self.imports.add("pickle")
        if len(data) <= LONGEST_PICKLE:
            return f"pickle.loads({data!r})"
        name = hashlib.sha256(data).hexdigest()[:12]
        self.data[name] = data
        return f"pickle.loads(DATA[{name!r}])"


class _Pickler(pickle.Pickler):
    """A pickle names functions and classes: those that no other process can import make it worthless there."""

    def persistent_id(self, value: object) -> None:
        """Nothing is left out of the pickle; what cannot be in it ends it."""
        module = getattr(value, "__module__", None) if isinstance(value, type | FunctionType) else None
        if type(module) is str and not _can_be_imported(module):
            raise UnwritableError(f"{_what(value)} cannot be imported by its name")


def _dumps(value: object) -> bytes:
    data = io.BytesIO()
    _Pickler(data).dump(value)
    return data.getvalue()


def _can_be_imported(module: str) -> bool:
    """Not what was run instead: the main program, and the file of a model, whose module has a name with blanks."""
    return module != "__main__" and all(part.isidentifier() for part in module.split("."))


def _public(module: str) -> list[str]:
    """The modules that may offer what a module defines: operator rather than _operator, boxes than boxes._boxes."""
    parts = module.split(".")
    private = next((index for index, part in enumerate(parts) if part.startswith("_")), 0)
    return [".".join(parts[:private]) if private else module.removeprefix("_"), module]


def _leads_to(module: str, name: str, value: object) -> bool:
    found: object = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return found is value


def _what(value: object) -> str:
    return f"'{getattr(value, '__qualname__', type(value).__qualname__)}'"
