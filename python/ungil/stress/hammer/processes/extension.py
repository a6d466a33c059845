"""What importing a module has brought into this process: its extension's files, and handlers for signals."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Final

from ungil import _hammer
from ungil.stress.gil import extension_modules

__all__ = ["extension_files", "signals_taken"]

_SIGNALS: Final = ("SIGSEGV", "SIGTRAP", "SIGBUS", "SIGABRT")
"""Those by which crashes are told, and threads stopped."""


def extension_files(module: str, before: AbstractSet[str]) -> list[str]:
    """The files of the extension modules that belong to a module: of its package, else all that were imported with it.

    Args:
        module: by name; it is imported.
        before: the modules that were imported before it.
    """
    package = module.partition(".")[0]
    names = extension_modules()
    own = {name for name in names if name.partition(".")[0] == package}
    own = own or {name for name in names - before if not _is_standard(name)}
    specs = (sys.modules[name].__spec__ for name in own)
    return sorted({str(Path(spec.origin).resolve()) for spec in specs if spec and spec.origin})


def signals_taken() -> dict[str, int]:
    """The address of what handles each of the signals that matter here; 0 for the default."""
    return {name: _hammer.handler_of(getattr(signal, name)) for name in _SIGNALS if hasattr(signal, name)}


def _is_standard(name: str) -> bool:
    """Whether the module is of the standard library, or of ungil."""
    top = name.partition(".")[0]
    return top == "ungil" or top in sys.stdlib_module_names or os.sep + "lib-dynload" + os.sep in str(sys.modules[name])
