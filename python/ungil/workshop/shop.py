"""A clean environment of one interpreter in a folder of its own, with the wheels that were built with it.

What was made is found again: a wheel by the digest of what it was built from, an environment by what was installed in
it. What is kept is written last, by rename; so what was interrupted is not there, and is made anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ungil import interpreter
from ungil.commands import Done, Report, Watch, run, silent
from ungil.errors import BuildError, ToolError
from ungil.files import write_whole
from ungil.workshop import lending, sources
from ungil.workshop.hints import advice
from ungil.workshop.room import scratch_in
from ungil.workshop.wheels import Wheel, keep, kept, name_of

__all__ = ["Workshop", "build_variables", "indented"]

_RECIPE: Final = 1
"""Raised when wheels have to be built anew because of how they are built here."""

_QUICK_DEADLINE: Final = 60.0
_BUILD_VARIABLES: Final = (
    *("CC", "CXX", "AR", "CFLAGS", "CPPFLAGS", "CXXFLAGS", "LDFLAGS", "SETUPTOOLS_SCM"),
    *("CMAKE", "SKBUILD", "PKG_CONFIG", "CPATH", "C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH", "LIBRARY_PATH"),
)
"""Beginnings of their names."""


def build_variables() -> list[str]:
    """The variables of this process that make a build another, sorted, each with its value."""
    return [f"{name}={value}" for name, value in sorted(os.environ.items()) if name.startswith(_BUILD_VARIABLES)]


@dataclass(frozen=True, slots=True)
class Workshop:
    """One environment. For one thread, and one process at a time: ``open_workshop`` holds a lock as long as it lives.

    Attributes:
        folder: all of it is in there.
        version: ``3.14t``.
        found: the interpreter that the environment is of.
        uv: the program that builds and installs; None if pip does.
        report: is told what is being done.
        lock: on the folder.
    """

    folder: Path
    version: str
    found: interpreter.Interpreter
    uv: str | None
    report: Report
    lock: object

    @property
    def python(self) -> Path:
        """The environment's interpreter."""
        return self.folder / "env" / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")

    def build(self, source: Path, *, deadline: float) -> Wheel:
        """A wheel of a copy of a project, built with what its ``[build-system]`` requires and nothing else.

        Args:
            source: the folder of the project; nothing is written there.
            deadline: seconds for the build.

        Raises:
            BuildError: it does not build, or not by then.
            OutputError: it cannot be copied.
        """
        place = self.folder / "wheels" / self._key(source)
        if (earlier := kept(place)) is not None:
            return earlier
        self.report(f"building {source.name} for {self.version}")
        with scratch_in(self.folder) as scratch:
            sources.copied(source, scratch / source.name)
            wheels = scratch / "wheels"
            command = self._build_command(scratch / source.name, wheels)
            done = run(command, cwd=scratch, deadline=deadline, environment=self._environment())
            path = next(wheels.glob("*.whl"), None)
            if not done.well or path is None:
                raise self._not_built(source, done, deadline)
            return keep(path, done, place, self._default_compiler())

    def install(self, *requirements: str | Path, deadline: float) -> Done:
        """Install requirements and wheels, each in place of what was there of it, with what they depend on.

        What was installed before with the same words, or from a wheel of the same bytes, is not installed again.

        Raises:
            BuildError: it cannot be done, or not by then.
        """
        key = [_identity(one) for one in requirements]
        stamp = self.folder / "installed.json"
        installed = json.loads(stamp.read_text(encoding="utf-8")) if stamp.exists() else []
        if not requirements or key in installed:
            return Done(0, "", 0.0)
        self.report(f"installing {', '.join(Path(str(one)).name for one in requirements)}")
        # A wheel takes the place of another one, which would have to be installed again, from the first step on.
        names = {name_of(one) for one in requirements if isinstance(one, Path)}
        others = [one for one in installed if not any(part.partition(" ")[0] in names for part in one)]
        write_whole(stamp, json.dumps(others).encode())
        self._make_room(requirements)
        done = run(
            self._install_command(requirements),
            cwd=self.folder,
            deadline=deadline,
            environment=self._environment(),
        )
        if not done.well:
            raise self._not_installed(requirements, done, deadline)
        write_whole(stamp, json.dumps([*others, key]).encode())
        return done

    def run(
        self,
        *arguments: str | Path,
        deadline: float,
        cwd: Path | None = None,
        environment: Mapping[str, str] | None = None,
        report: Report = silent,
        watch: Watch | None = None,
    ) -> Done:
        """Run the environment's interpreter; at its end or at the deadline, all that it has started is killed.

        Args:
            arguments: for the interpreter: ``-m``, a script, and what these take.
            deadline: seconds.
            cwd: where; in the workshop's folder unless given.
            environment: more variables; those of the running Python (``PYTHONPATH``) are not passed on.
            report: is told each line that is printed.
            watch: is asked now and then, with the number of the process, whether that is to be ended.

        Raises:
            ToolError: the interpreter cannot be started.
        """
        path = {"PATH": os.pathsep.join([str(self.python.parent), os.environ.get("PATH", os.defpath)])}
        more = {"VIRTUAL_ENV": str(self.folder / "env"), **path, **(environment or {})}
        command = [self.python, *arguments]
        return run(command, cwd=cwd or self.folder, deadline=deadline, environment=more, report=report, watch=watch)

    def lend_ungil(self) -> dict[str, str]:
        """Variables with which ungil, as it runs here, can be imported there, and nothing else of its environment.

        Raises:
            ToolError: the ungil that runs here was built for another interpreter.
        """
        return lending.whole(self.folder / "lent", self.version)

    # ---- How it is done

    def _environment(self) -> dict[str, str]:
        more = {"UV_PYTHON_DOWNLOADS": "never", "UV_NO_PROGRESS": "1", "NO_COLOR": "1", "GIT_OPTIONAL_LOCKS": "0"}
        if (index := os.environ.get("PIP_INDEX_URL")) and not {"UV_DEFAULT_INDEX", "UV_INDEX_URL"} & os.environ.keys():
            more["UV_DEFAULT_INDEX"] = index
        return more

    def _build_command(self, source: Path, wheels: Path) -> list[str | Path]:
        if self.uv:
            return [self.uv, "build", "--wheel", "--no-config", "--python", self.python, "--out-dir", wheels, source]
        return [self.python, "-m", "pip", "wheel", "--no-deps", "--verbose", "--wheel-dir", wheels, source]

    def _install_command(self, requirements: Sequence[str | Path]) -> list[str | Path]:
        if self.uv:
            again = [f"--reinstall-package={name_of(one)}" for one in requirements if name_of(one)]
            return [self.uv, "pip", "install", "--no-config", "--python", self.python, *again, *requirements]
        return [self.python, "-m", "pip", "install", "--disable-pip-version-check", *requirements]

    def _make_room(self, requirements: Sequence[str | Path]) -> None:
        """Of pip, which leaves what is there of the same version."""
        if names := [] if self.uv else [name for one in requirements if (name := name_of(one))]:
            command: list[str | Path] = [self.python, "-m", "pip", "uninstall", "--yes", *names]
            run(command, cwd=self.folder, deadline=_QUICK_DEADLINE)

    def _key(self, source: Path) -> str:
        told = [str(_RECIPE), str(self.found.path), self.found.version, sources.digest(source)]
        told += build_variables()
        return hashlib.sha256("\0".join(told).encode(errors="surrogateescape")).hexdigest()[:20]

    def _default_compiler(self) -> str:
        """What setuptools would have taken: it does not say."""
        ask = "import sysconfig; print(sysconfig.get_config_var('CC') or '')"
        with contextlib.suppress(ToolError, IndexError):
            name = os.environ.get("CC") or self.run("-I", "-c", ask, deadline=20).output.split()[0]
            said = run([name.split()[0], "--version"], cwd=self.folder, deadline=20)
            return said.output.splitlines()[0].strip() if said.well else ""
        return ""

    def _not_built(self, source: Path, done: Done, deadline: float) -> BuildError:
        if done.code is None:
            return BuildError(
                f"{source.name} was still building for {self.version} after {deadline:g} s, and was ended.",
                "Give it more time: --build-deadline SECONDS.",
                done.tail(),
            )
        alone = f"To see it alone: uv build --wheel --python {self.version} {source}"
        return BuildError(
            f"{source.name} does not build for {self.version}:\n{indented(done)}",
            advice(done.output, alone),
            done.tail(),
        )

    def _not_installed(self, requirements: Sequence[str | Path], done: Done, deadline: float) -> BuildError:
        what = ", ".join(Path(str(one)).name for one in requirements)
        if done.code is None:
            return BuildError(
                f"Installing {what} took longer than {deadline:g} s, and was ended.",
                "Give it more time: --build-deadline SECONDS.",
                done.tail(),
            )
        return BuildError(
            f"{what} cannot be installed for {self.version}:\n{indented(done)}",
            advice(done.output, "See the lines above."),
            done.tail(),
        )


def _identity(requirement: str | Path) -> str:
    if isinstance(requirement, Path) and requirement.is_file():
        return f"{name_of(requirement)} {hashlib.sha256(requirement.read_bytes()).hexdigest()}"
    return str(requirement)


def indented(done: Done) -> str:
    """The last lines of its output, below a sentence."""
    return "\n".join(f"    {line}" for line in done.tail().splitlines())
