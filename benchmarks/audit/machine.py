"""Where a run took place."""

from __future__ import annotations

import platform
import sysconfig
from pathlib import Path

__all__ = ["cpu_model", "interpreter", "system"]


def interpreter() -> str:
    """The one that runs this."""
    build = "free-threaded" if sysconfig.get_config_var("Py_GIL_DISABLED") else "GIL-enabled"
    return f"{platform.python_implementation()} {platform.python_version()}, {build}"


def system() -> str:
    """The system and its architecture."""
    return f"{platform.system()} {platform.machine()}"


def cpu_model() -> str:
    """What the system says that it is."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or platform.machine())
