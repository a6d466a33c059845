"""In a fresh process: every native module of ungil leaves the GIL off, and the build is really the free-threaded one.

Run as `python -W error tests/prove_gil_off.py`, without pytest and its plugins, which could hide what a module does
on import.
"""

import importlib
import os
import sys
import sysconfig

MODULES = ("ungil", "ungil._sync", "ungil._scan", "ungil.cli")


def main() -> str | None:
    """What is wrong, or nothing."""
    if not sysconfig.get_config_var("Py_GIL_DISABLED"):
        return f"{sys.executable} is not a free-threaded build"
    if os.environ.get("PYTHON_GIL") or "gil" in sys._xoptions:  # noqa: SLF001 - no public name shows -X options
        return "PYTHON_GIL or -X gil is set: it would hide a module that turns the GIL on"
    for name in MODULES:
        importlib.import_module(name)
        if getattr(sys, "_is_gil_enabled", bool)():
            return f"importing {name} turned the GIL on"
    print(f"The GIL is off after importing {', '.join(MODULES)}: {sys.version}")
    return None


if __name__ == "__main__":
    sys.exit(main())
