"""Whether the GIL is on, was turned on, or is hidden: threads that took turns say nothing about a data race."""

from __future__ import annotations

import sys
import sysconfig
from importlib.machinery import EXTENSION_SUFFIXES
from types import ModuleType
from typing import Final

__all__ = ["GilWatch", "extension_modules", "free_threaded_build", "gil_enabled"]

GIL_BUILD: Final = (
    "This is a GIL-enabled build of Python: its threads take turns, so a test that passes here says little.\n"
    "  Run the tests with a free-threaded build, or accept the weaker run with --allow-gil-build."
)
FORCED_OFF: Final = (
    "PYTHON_GIL=0 or -X gil=0 keeps the GIL off whatever is imported, which hides a module that would turn it on.\n"
    "  Unset it: on a free-threaded build the GIL is off unless a module needs it."
)
FORCED_ON: Final = (
    "PYTHON_GIL=1 or -X gil=1 keeps the GIL on: threads take turns, so a test that passes here says little.\n"
    "  Unset it: on a free-threaded build the GIL is off unless a module needs it."
)


def free_threaded_build() -> bool:
    """Whether this interpreter was built to run without the GIL, whatever the GIL does now."""
    return bool(sysconfig.get_config_var("Py_GIL_DISABLED"))


def gil_enabled() -> bool:
    """Whether the GIL is on in this process now."""
    ask = getattr(sys, "_is_gil_enabled", None)  # new in 3.13
    return ask is None or bool(ask())


class GilWatch:
    """Notices that the GIL came on, and which extension modules were imported since it was last seen off.

    The interpreter's own word is asked, not its RuntimeWarning: ``-p no:warnings`` or a filter hides the warning only.
    Once on, the GIL stays on for the life of the process, so a look after each step misses nothing.
    Not for use in several threads: pytest looks between tests.
    """

    def __init__(self) -> None:
        """Remember what is imported already."""
        self.came_on = False
        self._seen = extension_modules()

    def refusal(self, *, allow_gil_build: bool, allow_forced_off: bool = False) -> str | None:
        """Why this process cannot tell anything about free threading, or None."""
        if not free_threaded_build():
            return None if allow_gil_build else GIL_BUILD
        match getattr(sys.flags, "gil", None):  # None: neither -X gil nor PYTHON_GIL was given
            case 0:
                return None if allow_forced_off else FORCED_OFF
            case 1:
                return FORCED_ON
            case _:
                return self.look("before the first test was collected")

    def look(self, when: str) -> str | None:
        """Say that the GIL came on, the first time that it is seen on; None otherwise.

        Args:
            when: what was done since the last look, as in "during test_a".
        """
        if self.came_on or not free_threaded_build():
            return None
        before, self._seen = self._seen, extension_modules()
        self.came_on = gil_enabled()
        if not self.came_on:
            return None
        new = ", ".join(sorted(self._seen - before)) or "none that is still in sys.modules"
        return (
            f"The GIL came on {when}: threads take turns from here on.\n"
            f"  Extension modules imported meanwhile: {new}.\n"
            "  One of them does not declare that it needs no GIL (slot Py_mod_gil): see whether a newer release does."
        )


def extension_modules() -> set[str]:
    """The imported modules that were loaded from a shared library: only those can turn the GIL on."""
    return {name for name, module in list(sys.modules.items()) if from_shared_library(module)}


def from_shared_library(module: object) -> bool:
    """Whether an entry of ``sys.modules`` is an extension module, asked so that no lazy module wakes up."""
    spec = vars(module).get("__spec__") if isinstance(module, ModuleType) else None
    return str(getattr(spec, "origin", "")).endswith(tuple(EXTENSION_SUFFIXES))
