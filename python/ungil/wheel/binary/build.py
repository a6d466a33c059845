"""Which build of CPython a library was compiled for."""

from __future__ import annotations

import re

from ungil.wheel.binary.image import Image
from ungil.wheel.model import Build

__all__ = ["build_of"]

# What the macros and inline functions of a free-threaded build's headers call, and no other build has.
_FREE_THREADED = ("_Py_DecRefShared", "_Py_MergeZeroLocalRefcount", "PyUnstable_Module_SetGIL")
_PYTHON = re.compile(r"(?:lib)?python3(?P<minor>\d*)(?P<t>t?)(?:_d)?\.dll$", re.IGNORECASE)
_LIBPYTHON = re.compile(r"(?:.*/)?libpython3\.(?P<minor>\d+)(?P<t>t?)d?\.(?:so|dylib)")


def build_of(image: Image, definition: bool | None) -> tuple[Build, str]:  # noqa: FBT001 - one of three
    """The build, and what tells it.

    Args:
        image: the library.
        definition: whether its PyModuleDef is laid out for a free-threaded build; None if none was seen.
    """
    for library in image.libraries:
        match = _PYTHON.fullmatch(library) or _LIBPYTHON.match(library)
        if match is not None and not match["minor"] and match["t"]:
            return Build.UNKNOWN, ""  # python3t.dll has the stable ABI of both builds
        if match is not None:
            return (Build.FREE_THREADED if match["t"] else Build.GIL_ENABLED), f"it needs {library}"
    if definition is not None:
        name = Build.FREE_THREADED if definition else Build.GIL_ENABLED
        return name, f"its module definition is that of a {name} build"
    for symbol in _FREE_THREADED:
        if symbol in image.imports:
            return Build.FREE_THREADED, f"it uses {symbol}"
    return Build.UNKNOWN, ""
