"""What belongs to the extension that is harvested: told from types and names, never by asking an object.

An attribute of an object may be computed: a mock makes one up, a proxy asks what it wraps. Only ``type()`` is asked
of objects here, and attributes only of types and of functions of kinds that are known.
"""

from __future__ import annotations

import sys
import weakref
from collections.abc import Iterator
from importlib.machinery import EXTENSION_SUFFIXES
from types import FunctionType, GetSetDescriptorType, ModuleType
from typing import Final, NamedTuple

__all__ = ["Owner", "Target", "importable", "name_that_leads_to"]

_FROM_CLASS_STATEMENT: Final = "__firstlineno__"  # new in 3.13
_MOST_LOOKS: Final = 50
"""At objects of one class of the package, for one that holds an object of the extension."""
_EXTENSION: Final = tuple(EXTENSION_SUFFIXES)


class Owner(NamedTuple):
    """Under which class what is done to an object is written down.

    Attributes:
        name: ``module:qualified.name``; it leads to the class if that can be imported.
        exact: whether it is the class of the object itself, and can be imported.
    """

    name: str
    exact: bool


class Target:
    """One extension module, or all those of a package.

    A type belongs to it if it, or a base, was not made by a ``class`` statement, and says that it is of the package or
    is found in an extension module of the package. The package is what counts, and not the module: C says
    ``bitarray.bitarray`` of what is in ``bitarray._bitarray``. For any number of threads.
    """

    def __init__(self, name: str) -> None:
        """Take the name of the module or package, as it is imported."""
        self.name = name
        self.package = name.rpartition(".")[0] or name
        self._modules: dict[str, bool] = {}
        self._looks: dict[int, int] = {}
        self._types: dict[int, tuple[weakref.ref[type], Owner | None]] = {}

    def has_module(self, name: object) -> bool:
        """Whether the module of that name is in the package."""
        if type(name) is not str:
            return False
        found = self._modules.get(name)
        if found is None:
            found = self._modules[name] = name == self.package or name.startswith(f"{self.package}.")
        return found

    def extension_modules(self) -> Iterator[ModuleType]:
        """Those of the package that are imported."""
        for name, module in list(sys.modules.items()):
            if self.has_module(name) and type(module) is ModuleType and _from_shared_library(module):
                yield module

    def owner(self, kind: type) -> Owner | None:
        """The class for objects of type ``kind``, None for no interest.

        That is ``kind`` where it can be imported, else the nearest base that can: tests derive classes of their own.
        """
        entry = self._types.get(id(kind))
        if entry is not None and entry[0]() is kind:
            return entry[1]
        found = self._find_owner(kind)
        self._types[id(kind)] = (weakref.ref(kind), found)  # no strong reference: tests make classes and drop them
        return found

    def owner_of(self, value: object) -> Owner | None:
        """``owner`` of its type; also of an object that holds one of the extension."""
        kind = type(value)
        found = self.owner(kind)
        if found is None and self.has_module(kind.__module__) and self._looks.get(id(kind), 0) < _MOST_LOOKS:
            self._looks[id(kind)] = self._looks.get(id(kind), 0) + 1
            if self._wraps(value, kind) and importable(kind):
                found = Owner(f"{kind.__module__}:{kind.__qualname__}", exact=True)
                self._types[id(kind)] = (weakref.ref(kind), found)
        return found

    def _find_owner(self, kind: type) -> Owner | None:
        if issubclass(kind, (BaseException, type, ModuleType)):
            return None
        mro = type.mro(kind)
        names = [self._compiled(base) for base in mro]
        compiled = next((index for index, name in enumerate(names) if name), None)
        if compiled is None:
            return None
        for index, base in enumerate(mro[:compiled]):
            if self.has_module(base.__module__) and importable(base):
                return Owner(f"{base.__module__}:{base.__qualname__}", exact=index == 0)
        name, _, found = str(names[compiled]).partition(" ")
        return Owner(name, exact=compiled == 0 and bool(found))

    def _compiled(self, kind: type) -> str:
        """The name of a type that C made, with a word after it if it can be imported; empty for another."""
        if _made_by_class_statement(kind):
            return ""
        name = f"{kind.__module__}:{kind.__qualname__}"
        if importable(kind):
            return f"{name} found" if self.has_module(kind.__module__) else ""
        for module in self.extension_modules():
            for attribute, value in list(vars(module).items()):
                if value is kind:
                    return f"{module.__name__}:{attribute} found"
        return name if self.has_module(kind.__module__) else ""

    def _wraps(self, value: object, kind: type) -> bool:
        own = next((vars(base)["__dict__"] for base in type.mro(kind) if "__dict__" in vars(base)), None)
        computes = any("__getattribute__" in vars(base) for base in type.mro(kind)[:-1])
        if computes or type(own) is not GetSetDescriptorType:
            return False
        held = object.__getattribute__(value, "__dict__")
        return type(held) is dict and any(self.owner(type(item)) for item in list(held.values()))


def importable(thing: object) -> bool:
    """Whether a name that a type or function has leads to it."""
    return bool(name_that_leads_to(thing))


def name_that_leads_to(thing: object) -> str:
    """The name by which a type or function is found in its module, if it is.

    pybind11 gives its functions the qualified name of what it keeps them in: there the plain one leads to them.
    """
    module = getattr(thing, "__module__", None)
    names = (getattr(thing, "__qualname__", ""), getattr(thing, "__name__", ""))
    top = sys.modules.get(module) if type(module) is str else None
    return next((name for name in names if type(name) is str and name and _found(top, name) is thing), "")


def _found(top: object, name: str) -> object:
    found = top
    for part in name.split("."):
        found = getattr(found, part, None)
    return found


def _made_by_class_statement(kind: type) -> bool:
    """Whether Python made the type. A class in Cython is made by C, and is of a module from a shared library."""
    own = vars(kind)
    if _FROM_CLASS_STATEMENT in own:
        return True
    module = sys.modules.get(kind.__module__) if type(kind.__module__) is str else None
    if type(module) is ModuleType and _from_shared_library(module):
        return False
    return any(type(value) is FunctionType for value in own.values())


def _from_shared_library(module: ModuleType) -> bool:
    return str(getattr(vars(module).get("__spec__"), "origin", "")).endswith(_EXTENSION)
