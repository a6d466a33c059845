"""Wheels for the interpreter that runs the tests, with modules that say different things about the GIL."""

import sys
from collections.abc import Mapping
from pathlib import Path

from packaging.tags import platform_tags
from tests.ext.build import compile_extension
from tests.sync.builds import GIL_ENABLED
from tests.wheel.making import make_wheel

MINOR = sys.version_info.minor
HOST = f"3.{MINOR}{'' if GIL_ENABLED else 't'}"
FILENAME = f"spam-1.0-cp3{MINOR}-cp3{MINOR}{'' if GIL_ENABLED else 't'}-{next(platform_tags())}.whl"

VARIANTS = {
    "declared": ["SLOT=Py_MOD_GIL_NOT_USED"],
    "nothing": [],
    "used": ["SLOT=Py_MOD_GIL_USED"],
    "filled": ["FILLED", "SLOT=Py_MOD_GIL_NOT_USED"],
    "filled_used": ["FILLED", "SLOT=Py_MOD_GIL_USED"],
    "lies": ["LIES"],
    "single": ["SINGLE_PHASE"],
    "single_set": ["SINGLE_PHASE", "SET_GIL=Py_MOD_GIL_NOT_USED"],
    "crashes": ["SLOT=Py_MOD_GIL_NOT_USED", "CRASHES"],
    "hangs": ["SLOT=Py_MOD_GIL_NOT_USED", "HANGS"],
    "lacks": ["SLOT=Py_MOD_GIL_NOT_USED", "IMPORTS=not_installed_anywhere"],
    "fails": ["SLOT=Py_MOD_GIL_NOT_USED", "IMPORTS=spam.raises"],
}

if sys.version_info >= (3, 15):
    VARIANTS |= {
        "hook": ["EXPORT_HOOK", "SLOT=Py_MOD_GIL_NOT_USED"],
        "hook_used": ["EXPORT_HOOK", "SLOT=Py_MOD_GIL_USED"],
    }


def compiled(folder: Path) -> dict[str, tuple[str, bytes]]:
    """Each variant as a module of its own name: the name of its file, and the file."""
    found = {}
    for name, macros in VARIANTS.items():
        path = compile_extension("says", folder, f"NAME={name}", *macros)
        found[name] = (path.name.replace("says", name, 1), path.read_bytes())
    return found


def wheel(
    folder: Path, modules: Mapping[str, tuple[str, bytes]], *names: str, files: Mapping[str, str] | None = None
) -> Path:
    """A wheel whose package `spam` has these modules, and other files."""
    packed = {f"spam/{modules[name][0]}": modules[name][1] for name in names}
    texts = {"spam/__init__.py": ""} | dict(files or {})
    return make_wheel(folder, {path: text.encode() for path, text in texts.items()} | packed, FILENAME)
