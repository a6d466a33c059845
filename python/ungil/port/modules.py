"""The extension modules of a project, from what each stage saw of them, and which of them a finding lies in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from os.path import commonpath
from typing import Final

from ungil.port.fragment import Fragment, ModuleSeen

__all__ = ["module_of", "modules_of"]

_NATIVE: Final = re.compile(r"\.(?:c|cc|cpp|cxx|c\+\+|h|hh|hpp|hxx|pyx|pxd|pxi|pyx\.in|so|pyd)$", re.IGNORECASE)


def modules_of(fragments: Iterable[Fragment]) -> tuple[ModuleSeen, ...]:
    """All of them, by name: those of the wheel, or of the sources where there is no wheel.

    What a later stage knows outweighs what an earlier one took from the sources, where names are not whole.
    """
    every = list(fragments)
    built = [name for one in every if one.built for name in one.built.modules]
    seen = [module for one in every for module in one.modules]
    names = built or [one.name for one in seen]
    return tuple(_joined(name, [one for one in seen if _is(one.name, name)]) for name in sorted(set(names)))


def _is(seen: str, name: str) -> bool:
    """Whether a name, which may be the last part alone, is that of the module."""
    return seen == name or ("." not in seen and name.rpartition(".")[2] == seen)


def _joined(name: str, seen: Sequence[ModuleSeen]) -> ModuleSeen:
    joined = ModuleSeen(name)
    for one in seen:
        joined = replace(
            joined,
            declared=one.declared or joined.declared,
            sources=tuple(dict.fromkeys((*joined.sources, *one.sources))),
            needs_no_gil=joined.needs_no_gil if one.needs_no_gil is None else one.needs_no_gil,
            imported=joined.imported if one.imported is None else one.imported,
            gil_on=joined.gil_on if one.gil_on is None else one.gil_on,
            for_cython=tuple(dict.fromkeys((*joined.for_cython, *one.for_cython))),
        )
    return joined


def module_of(path: str, modules: Sequence[ModuleSeen]) -> str:
    """The module that a file belongs to; empty where that is not certain, or it is no file of a module.

    It is the only module that there is, or the one whose source the file is or is called like; or all modules with a
    source in the file's folder, or in the nearest one above it, are that one.
    """
    if not _NATIVE.search(path):
        return ""
    if len(modules) == 1:
        return modules[0].name
    owners = [one.name for one in modules if path in one.sources]
    if not owners:
        stem = re.sub(r"^.*/|\..*$", "", path)
        owners = [one.name for one in modules if one.name.rpartition(".")[2].lstrip("_") == stem.lstrip("_")]
    if not owners:
        nearness = {one.name: max((_shared(path, other) for other in one.sources), default=0) for one in modules}
        nearest = max(nearness.values(), default=0)
        owners = [name for name, shared in nearness.items() if shared == nearest > 0]
    return owners[0] if len(owners) == 1 else ""


def _shared(path: str, other: str) -> int:
    """How many folders two files have in common."""
    folders = [one.rpartition("/")[0] for one in (path, other)]
    if not all(folders):
        return 0
    common = commonpath(folders)
    return len(common.split("/")) if common else 0
