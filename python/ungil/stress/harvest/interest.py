"""Whether a call is one that the harvest is after, told from the function alone."""

from __future__ import annotations

import builtins
import copy
import operator
import pickle
from collections.abc import Callable
from enum import Enum
from types import (
    BuiltinFunctionType,
    ClassMethodDescriptorType,
    FunctionType,
    MethodDescriptorType,
    MethodType,
    MethodWrapperType,
    ModuleType,
    WrapperDescriptorType,
)
from typing import Any, Final, NamedTuple

from ungil.stress.harvest.corpus import Call
from ungil.stress.harvest.target import Target, name_that_leads_to

__all__ = ["First", "Interest", "Wish"]


class First(Enum):
    """What the first argument is."""

    ARGUMENT = "an argument like the others"
    PERHAPS = "the subject, if it is an object of the extension"
    SUBJECT = "the subject, or the call is of no interest"
    RECEIVER = "the object whose method this is, or the call is of no interest"
    RIGHT = "the right operand, and the subject, or the call is of no interest"
    IGNORED = "the exception that a call is to raise"
    CALLED = "what is called, with the arguments after it"


class Wish(NamedTuple):
    """A call that is to be written down."""

    owner: str
    call: Call
    first: First = First.ARGUMENT
    subject: object = None


_ON_A_SUBJECT: Final = {
    id(function): f"{function.__module__.lstrip('_')}:{function.__name__}"
    for function in (
        *(
            getattr(builtins, name)
            for name in ("abs", "all", "any", "divmod", "format", "hash", "iter", "len", "max", "min")
        ),
        *(getattr(builtins, name) for name in ("next", "pow", "repr", "round", "sorted", "sum")),
        *(bool, bytearray, bytes, complex, dict, enumerate, float, frozenset, int, list, memoryview),
        *(reversed, set, str, tuple),
        *(copy.copy, copy.deepcopy, pickle.dumps),
        *(function for name, function in vars(operator).items() if not name.startswith("_") and callable(function)),
    )
    if function not in (operator.attrgetter, operator.itemgetter, operator.methodcaller, operator.call)
}
"""Functions of Python's that operate on their first argument: ``id`` to name. They live as long as the process."""

_ASSERTIONS: Final = {"assertEqual": "operator:eq", "assertNotEqual": "operator:ne", "assertLess": "operator:lt"}
_RAISING: Final = frozenset({"assertRaises", "assertWarns", "raises"})
_DESCRIPTORS: Final = (MethodDescriptorType, WrapperDescriptorType, ClassMethodDescriptorType)
_OF_BINDING_LIBRARIES: Final = frozenset(
    {"cython_function_or_method", "fused_cython_function", "nb_func", "nb_method", "nb_bound_method"}
)
_PYBIND11_RECORDS: Final = "pybind11_builtins"
"""The module of the types whose objects keep what pybind11 knows of a function."""


class Interest:
    """Finds the wishes. For any number of threads."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._finders: dict[type, Callable[[Any], Wish | None]] = {
            FunctionType: self._python_function,
            MethodType: self._bound,
            MethodWrapperType: self._bound,
            BuiltinFunctionType: self._builtin,
            **dict.fromkeys(_DESCRIPTORS, self._descriptor),
        }

    def of(self, function: object) -> Wish | None:
        """The wish that a call of this function is, None for no interest."""
        kind = type(function)
        if find := self._finders.get(kind):
            return find(function)
        if issubclass(kind, type):
            return self._class(function)  # type: ignore[arg-type]
        if kind.__name__ in _OF_BINDING_LIBRARIES:
            return self._builtin(function)
        owner = self._target.owner(kind)
        return Wish(owner.name, Call("method", "__call__"), subject=function) if owner else None

    def _bound(self, function: MethodType | MethodWrapperType) -> Wish | None:
        return self._method(function, function.__self__)

    def _descriptor(self, function: MethodDescriptorType) -> Wish | None:
        """``Box.put(box, 1)``."""
        owner = self._target.owner(function.__objclass__)
        return Wish(owner.name, Call("method", function.__name__), First.RECEIVER) if owner else None

    def _python_function(self, function: FunctionType) -> Wish | None:
        if name := _ON_A_SUBJECT.get(id(function)):
            return Wish("", Call("function", name), First.SUBJECT)
        if function.__name__ in _RAISING:
            return Wish("", Call("function", ""), First.IGNORED)
        return self._of_module(function) if self._target.has_module(function.__module__) else None

    def _method(self, function: object, subject: object) -> Wish | None:
        """A bound method, of an object or of a class."""
        if issubclass(type(subject), type):
            return self._of_class(function, subject)  # type: ignore[arg-type]
        name: object = getattr(function, "__name__", "")
        if type(name) is not str:
            return None
        if owner := self._target.owner_of(subject):
            return Wish(owner.name, Call("method", name), subject=subject)
        if name in _ASSERTIONS:
            return Wish("", Call("function", _ASSERTIONS[name]), First.SUBJECT)
        return Wish("", Call("function", ""), First.IGNORED) if name in _RAISING else None

    def _builtin(self, function: object) -> Wish | None:
        """A function of a module, or a method of an object: to C they are alike; pybind11 binds to its own records."""
        subject = getattr(function, "__self__", None)
        if name := _ON_A_SUBJECT.get(id(function)):
            return Wish("", Call("function", name), First.SUBJECT)
        if subject is None or type(subject) is ModuleType or type(subject).__module__ == _PYBIND11_RECORDS:
            module = getattr(function, "__module__", None)
            return self._of_module(function) if self._target.has_module(module) else None
        return self._method(function, subject)

    def _class(self, kind: type) -> Wish | None:
        if name := _ON_A_SUBJECT.get(id(kind)):
            return Wish("", Call("function", name), First.SUBJECT)
        owner = self._target.owner(kind)
        return Wish(owner.name, Call("alone", owner.name)) if owner and owner.exact else None

    def _of_class(self, function: object, kind: type) -> Wish | None:
        owner = self._target.owner(kind)
        if owner is None or not owner.exact:
            return None  # a class that the tests derive: its objects count as its base's, but of unknown making
        return Wish(owner.name, Call("alone", f"{owner.name}.{getattr(function, '__name__', '')}"))

    def _of_module(self, function: object) -> Wish | None:
        name = name_that_leads_to(function)
        if not name:
            return None
        module = function.__module__
        return Wish(module, Call("alone", f"{module}:{name}"), First.PERHAPS)
