"""How long `import ungil` takes, and what it loads."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from dataclasses import dataclass

# Without the user's own settings: no PYTHONPATH, no user site.
ISOLATED = (sys.executable, "-I", "-c")
LIST_NEW = "import sys; before = set(sys.modules); import ungil; print(*sorted(set(sys.modules) - before))"


@dataclass(frozen=True)
class Startup:
    """Milliseconds are medians of fresh processes; `foreign` are modules of neither ungil nor the standard library."""

    bare: float
    with_ungil: float
    processes: int
    modules: list[str]
    foreign: list[str]

    @property
    def milliseconds(self) -> float:
        """What the import adds: the difference of the medians."""
        return self.with_ungil - self.bare


def measure_startup(processes: int) -> Startup:
    """Start interpreters that import ungil and interpreters that import nothing, in turn."""
    bare, imported = [], []
    for _ in range(processes):
        bare.append(_milliseconds("pass"))
        imported.append(_milliseconds("import ungil"))
    modules = loaded_modules()
    return Startup(statistics.median(bare), statistics.median(imported), processes, modules, foreign(modules))


def loaded_modules() -> list[str]:
    """The modules that `import ungil` loads in a fresh interpreter."""
    done = subprocess.run([*ISOLATED, LIST_NEW], capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.split()


def foreign(modules: list[str]) -> list[str]:
    """Those of neither ungil nor the standard library."""
    ours = {"ungil", *sys.stdlib_module_names}
    return [module for module in modules if module.partition(".")[0] not in ours]


def _milliseconds(code: str) -> float:
    start = time.perf_counter()
    subprocess.run([*ISOLATED, code], timeout=60, check=True)
    return (time.perf_counter() - start) * 1e3
