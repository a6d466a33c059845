"""How long `import ungil` takes, and what it loads."""

from __future__ import annotations

import statistics
import subprocess
import sys
from dataclasses import dataclass

# Without the user's own settings: no PYTHONPATH, no user site.
ISOLATED = (sys.executable, "-I", "-c")
TIME_IMPORT = "from time import perf_counter as now; start = now(); import ungil; print((now() - start) * 1e3)"
LIST_NEW = "import sys; before = set(sys.modules); import ungil; print(*sorted(set(sys.modules) - before))"


@dataclass(frozen=True)
class Startup:
    """The median of fresh processes; `foreign` are modules of neither ungil nor the standard library."""

    milliseconds: float
    processes: int
    modules: list[str]
    foreign: list[str]


def measure_startup(processes: int) -> Startup:
    """Let fresh interpreters time the statement. Their own start, which varies by more than that, is not in it."""
    milliseconds = statistics.median(float(_run(TIME_IMPORT)) for _ in range(processes))
    modules = loaded_modules()
    return Startup(milliseconds, processes, modules, foreign(modules))


def loaded_modules() -> list[str]:
    """The modules that `import ungil` loads in a fresh interpreter."""
    return _run(LIST_NEW).split()


def foreign(modules: list[str]) -> list[str]:
    """Those of neither ungil nor the standard library."""
    ours = {"ungil", *sys.stdlib_module_names}
    return [module for module in modules if module.partition(".")[0] not in ours]


def _run(code: str) -> str:
    return subprocess.run([*ISOLATED, code], capture_output=True, text=True, timeout=60, check=True).stdout
