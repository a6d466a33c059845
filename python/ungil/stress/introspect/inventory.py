"""What there is in an extension: its classes with their members, and its functions."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any, Final

from ungil.stress.harvest.target import Target
from ungil.stress.introspect.protocols import PROTOCOLS
from ungil.stress.introspect.signatures import Signature, signatures_of
from ungil.stress.introspect.stubs import read_stubs

__all__ = ["Class", "Inventory", "Kind", "Member", "take_inventory"]

type Kind = str
"""``method``, ``attribute``, ``protocol``, ``class method``, ``function`` or ``constructor``."""

_CALLED_BY_PYTHON: Final = frozenset(
    {
        *("__new__", "__init__", "__del__", "__getattribute__", "__getattr__", "__setattr__"),
        *("__delattr__", "__init_subclass__", "__exit__", "__class_getitem__", "__setstate__", "__set_name__"),
        *("__subclasshook__", "__release_buffer__", "__get__", "__set__", "__delete__"),
    }
)
"""Each of these is reached through another member, or makes and destroys."""
_BINDING_FUNCTIONS: Final = frozenset({"cython_function_or_method", "fused_cython_function", "nb_func"})


@dataclass(frozen=True, slots=True)
class Member:
    """A function, or a member of a class.

    Attributes:
        name: as Python code writes it; of a protocol that of the special method.
        signatures: all that is known of what it takes; none where nothing is.
    """

    name: str
    kind: Kind
    signatures: tuple[Signature, ...] = ()


@dataclass(slots=True)
class Class:
    """A class and its members.

    Attributes:
        name: ``module:qualified.name``, which leads to it.
    """

    name: str
    type: type
    members: list[Member] = field(default_factory=list)


@dataclass(slots=True)
class Inventory:
    """What there is.

    Attributes:
        classes: in the order of their names.
        functions: ``module:name`` to the function as a member, in the same order.
    """

    target: Target
    classes: list[Class]
    functions: dict[str, Member]


def take_inventory(name: str) -> Inventory:
    """Import a module or package, and list what of it is compiled. The order does not depend on the run.

    Raises:
        ImportError: it cannot be imported; whatever else importing it raises.
    """
    module = importlib.import_module(name)
    target = Target(name)
    modules = [module, *(one for one in target.extension_modules() if one is not module)]
    stubs = read_stubs(_stub_paths(modules))
    classes: dict[int, Class] = {}
    functions: dict[str, Member] = {}
    seen: set[int] = set()
    for one in modules:
        for attribute, value in sorted(vars(one).items()):
            if attribute.startswith("_") or id(value) in seen:
                continue
            seen.add(id(value))
            if isinstance(value, type):
                owner = target.owner(value)
                if owner and owner.exact:
                    classes[id(value)] = Class(owner.name, value, list(members(value, stubs)))
            elif _is_function(value) and target.has_module(getattr(value, "__module__", None)):
                signatures = stubs.get(("", attribute)) or signatures_of(value)
                functions[f"{one.__name__}:{attribute}"] = Member(attribute, "function", tuple(signatures))
    return Inventory(target, sorted(classes.values(), key=lambda one: one.name), dict(sorted(functions.items())))


def members(kind: type, stubs: Mapping[tuple[str, str], list[Signature]]) -> Iterator[Member]:
    """The members of a class, inherited ones too, apart from those of ``object``."""
    constructor = stubs.get((kind.__name__, "__init__")) or stubs.get((kind.__name__, "__new__")) or signatures_of(kind)
    yield Member(kind.__name__, "constructor", tuple(constructor))
    found: dict[str, Any] = {}
    for base in reversed(type.mro(kind)):
        if base is not object:
            found |= vars(base)
    for name, value in sorted(found.items()):
        if name.startswith("__") and name.endswith("__"):
            if value is not None and name not in _CALLED_BY_PYTHON and (name in PROTOCOLS or name == "__call__"):
                yield Member(name, "protocol", tuple(signatures_of(value)) if name == "__call__" else ())
        elif not name.startswith("_"):
            signatures = stubs.get((kind.__name__, name)) or signatures_of(getattr(kind, name, value))
            yield from _named_member(name, value, tuple(signatures))


def _named_member(name: str, value: object, signatures: tuple[Signature, ...]) -> Iterator[Member]:
    if hasattr(type(value), "__set__"):
        yield Member(name, "attribute")
    elif isinstance(value, (classmethod, staticmethod)) or type(value).__name__ == "classmethod_descriptor":
        yield Member(name, "class method", signatures)
    elif callable(value) or hasattr(type(value), "__get__"):
        yield Member(name, "method", signatures)


def _is_function(value: object) -> bool:
    return isinstance(value, BuiltinFunctionType | FunctionType) or type(value).__name__ in _BINDING_FUNCTIONS


def _stub_paths(modules: list[ModuleType]) -> Iterator[Path]:
    for module in modules:
        path = getattr(module, "__file__", None)
        if path:
            stem = Path(path).name.partition(".")[0]
            yield Path(path).with_name(f"{stem}.pyi")
