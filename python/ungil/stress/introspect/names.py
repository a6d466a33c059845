"""Which members of a class an operation goes through: ``list(box)`` goes through ``__iter__``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import Final

from ungil.stress.introspect.protocols import PROTOCOLS

__all__ = ["members_of"]

_THROUGH: Final[dict[str, list[str]]] = defaultdict(list)
for _special, _protocol in PROTOCOLS.items():
    _THROUGH[_protocol.call.__name__].append(_special)
for _name in (
    "all",
    "any",
    "dict",
    "enumerate",
    "frozenset",
    "iter",
    "list",
    "max",
    "min",
    "set",
    "sorted",
    "sum",
    "tuple",
):
    _THROUGH[_name].append("__iter__")
for _name in ("not_", "truth"):
    _THROUGH[_name] += ["__bool__", "__len__"]
_THROUGH["memoryview"].append("__buffer__")
_THROUGH["bytes"].append("__buffer__")
_THROUGH["bytearray"].append("__buffer__")
_THROUGH["iconcat"] += ["__iadd__", "__add__"]


def members_of(operation: str, members: Collection[str]) -> list[str]:
    """Those of the members that an operation goes through.

    Args:
        operation: its name, as in reports: ``append``, ``size=``, ``getitem``.
        members: of the class.
    """
    name = operation.removeprefix("del ").removesuffix("=")
    if name in members:
        return [name]
    through = _THROUGH.get(name, [f"__{name.rstrip('_')}__"])
    found = [special for special in through if special in members]
    plain = f"__{name[1:].rstrip('_')}__"
    return found or ([plain] if name.startswith("i") and plain in members else [])
