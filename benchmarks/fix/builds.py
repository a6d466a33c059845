"""Environments of one interpreter: wheels are built with them, installed and loaded."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.audit.measure import BenchmarkError
from benchmarks.fix.packages import Package
from benchmarks.fix.process import Done, run

__all__ = ["Environment", "make"]

UV = os.environ.get("UV") or "uv"
PYTEST = ("pytest==9.2.0",)
BUILD_DEADLINE = 600.0
QUICK_DEADLINE = 300.0
ERROR_LINES = 30

_LOADS = """\
import importlib, sys
for name in sys.argv[1:]:
    path = importlib.import_module(name).__file__
    assert path.startswith(sys.prefix) and path.endswith((".so", ".pyd")), f"{name} comes from {path}"
print("off" if hasattr(sys, "_is_gil_enabled") and not sys._is_gil_enabled() else "on")
"""


@dataclass(frozen=True)
class Environment:
    """One of them, without what the package needs to be built: that has an environment of its own, made by uv."""

    folder: Path

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "env" / "bin" / "python"

    def build(self, source: Path, package: Package) -> tuple[Path | None, Done]:
        """A wheel of a folder, and how that went; no wheel if it did not."""
        wheels = self.folder / "wheels"
        shutil.rmtree(wheels, ignore_errors=True)
        constraints = self.folder / "constraints.txt"
        constraints.write_text("\n".join(package.build_needs), encoding="utf-8")
        command: list[str | Path] = [UV, "build", "--wheel", "--python", self.python, "--build-constraint", constraints]
        done = run([*command, "--out-dir", wheels, source], folder=self.folder, deadline=BUILD_DEADLINE)
        return next(wheels.glob("*.whl"), None) if done.well else None, done

    def install(self, wheel: Path, package: Package) -> None:
        """That wheel, in place of what was there of the package, and what it depends on.

        Raises:
            BenchmarkError: it cannot be installed.
        """
        self._pip("--reinstall-package", package.name, str(wheel))

    def require(self, needs: Sequence[str]) -> None:
        """What tests need.

        Raises:
            BenchmarkError: that cannot be installed.
        """
        self._pip(*needs)

    def loads(self, package: Package) -> Done:
        """Imports what has to be compiled code and from the wheel; prints last whether the GIL is on or off then."""
        return run([self.python, "-c", _LOADS, *package.modules], folder=self.folder, deadline=QUICK_DEADLINE)

    def _pip(self, *arguments: str) -> None:
        command: list[str | Path] = [UV, "pip", "install", "--quiet", "--python", self.python, *arguments]
        done = run(command, folder=self.folder, deadline=QUICK_DEADLINE)
        if not done.well:
            raise BenchmarkError(f"{' '.join(arguments)} cannot be installed: {tail(done)}")


def make(python: Path, folder: Path, package: Package) -> Environment:
    """A new environment with pytest and with what the tests need.

    Raises:
        BenchmarkError: it cannot be made.
    """
    made = Environment(folder)
    folder.mkdir(parents=True)
    done = run([UV, "venv", "--quiet", "--python", python, folder / "env"], folder=folder, deadline=QUICK_DEADLINE)
    if not done.well:
        raise BenchmarkError(f"{folder} cannot be made: {tail(done)}")
    made.require([*PYTEST, *package.needs])
    return made


def tail(done: Done) -> str:
    """The last lines of what a command has said."""
    return "\n".join(done.output.strip().splitlines()[-ERROR_LINES:])
