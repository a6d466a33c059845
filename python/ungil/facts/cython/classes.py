"""A ``cdef class`` with all its attributes: its definition, its declaration in a ``.pxd`` file, and its bases."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from ungil.facts.cython.model import Attribute, CythonClass

__all__ = ["joined"]


def joined(classes: Iterable[CythonClass]) -> tuple[CythonClass, ...]:
    """Every class that has a definition, with the attributes that are declared elsewhere and inherited."""
    by_name: defaultdict[str, list[CythonClass]] = defaultdict(list)
    listed = tuple(classes)
    for one in listed:
        by_name[one.name].append(one)
    return tuple(
        replace(one, attributes=_attributes(one, by_name))
        for one in listed
        if not one.file.path.endswith(".pxd") and one.methods
    )


def _attributes(start: CythonClass, by_name: dict[str, list[CythonClass]]) -> dict[str, Attribute]:
    found = dict(start.attributes)
    waiting, seen = [start.name], set()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        for one in by_name.get(name, ()):
            found = one.attributes | found
            waiting.extend(one.bases)
    return found
