"""Where a run took place."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import sys
import sysconfig
from pathlib import Path

from benchmarks.sync.case import BenchmarkError

PEERS = ("cereggii", "ft_utils")


def require_parallel_threads() -> None:
    """Refuse to measure where only one thread can run at a time.

    Raises:
        BenchmarkError: this interpreter has a GIL, or something has turned it on.
    """
    if not sysconfig.get_config_var("Py_GIL_DISABLED"):
        raise BenchmarkError("this interpreter has a GIL: run the benchmark with a free-threaded one (make bench-sync)")
    if getattr(sys, "_is_gil_enabled", lambda: True)():
        raise BenchmarkError("the GIL is on: unset PYTHON_GIL, or find the import that turns it on (python -W error)")


def peers() -> dict[str, str]:
    """The versions of those that ungil is compared with.

    Raises:
        BenchmarkError: one is not installed.
    """
    try:
        return {name: importlib.metadata.version(name) for name in PEERS}
    except importlib.metadata.PackageNotFoundError as error:
        raise BenchmarkError(
            f"{error.name} is not installed: `make bench-sync` installs it into .venv-bench"
        ) from error


def machine(cpus: tuple[int, int]) -> dict[str, object]:
    """What the machine is, and which CPUs the threads were on."""
    return {
        "cpu": _cpu_model(),
        "cpus": os.cpu_count() or 1,
        "pinned_to": list(cpus),
        "system": f"{platform.system()} {platform.machine()}",
    }


def python() -> str:
    """The interpreter."""
    return (
        f"{platform.python_implementation()} {platform.python_version()}, free-threaded, {platform.python_compiler()}"
    )


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or platform.machine())
