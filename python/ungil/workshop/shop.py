"""A clean environment of one interpreter in a folder of its own, with the wheels that were built with it.

What was made is found again: a wheel by the digest of what it was built from, an environment by what was installed in
it. What is kept is written last, by rename; so what was interrupted is not there, and is made anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ungil import interpreter
from ungil.errors import BuildError, OutputError, ToolError
from ungil.files import cache_folder, write_whole
from ungil.workshop import lending, sources
from ungil.workshop.commands import Done, Report, Watch, run, silent
from ungil.workshop.hints import advice

__all__ = ["Wheel", "Workshop", "default_folder", "open_workshop"]

_RECIPE: Final = 1
"""Raised when what is kept has another shape: what an older one has made is made anew."""

_SCRATCH: Final = "scratch-"
_ENVIRONMENT_DEADLINE: Final = 180.0
_MOST_WARNINGS: Final = 100
_WARNING: Final = re.compile(r"^.*?\S+?:\d+:(?:\d+:)? warning: .*$", re.MULTILINE)
_COMPILER: Final = re.compile(
    r"^-- The CX?X? compiler identification is (?P<cmake>.+)$|^C(\+\+)? compiler for the host machine: .*\((?P<meson>.+?)\)$",
    re.MULTILINE,
)
_BUILD_VARIABLES: Final = ("CC", "CXX", "AR", "CFLAGS", "CPPFLAGS", "CXXFLAGS", "LDFLAGS", "SETUPTOOLS_SCM")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wheel:
    """A wheel that was built.

    Attributes:
        path: where it is.
        sha256: of its bytes.
        output: what the build printed.
        seconds: what it took, when it was done.
        warnings: of the compiler, at most a hundred, each once.
        compiler: as it names itself; empty where that is not known.
        kept: whether an earlier run has built it, from the same sources.
    """

    path: Path
    sha256: str
    output: str
    seconds: float
    warnings: tuple[str, ...] = ()
    compiler: str = ""
    kept: bool = False


@dataclass(frozen=True, slots=True)
class Workshop:
    """One environment. For one thread, and one process at a time: ``open_workshop`` holds a lock as long as it lives.

    Attributes:
        folder: all of it is in there.
        version: ``3.14t``.
        found: the interpreter that the environment is of.
        uv: the program that builds and installs; None if pip does.
        report: is told what is being done.
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
        return _python(self.folder)

    def build(self, source: Path, *, deadline: float) -> Wheel:
        """A wheel of a copy of a project, built with what its ``[build-system]`` requires and nothing else.

        Args:
            source: the folder of the project; nothing is written there.
            deadline: seconds for the build.

        Raises:
            BuildError: it does not build, or not by then.
            OutputError: it cannot be copied.
        """
        kept = self.folder / "wheels" / self._key(source)
        with contextlib.suppress(OSError, ValueError, TypeError):
            return self._kept(kept)
        self.report(f"building {source.name} for {self.version}")
        with _scratch(self.folder) as scratch:
            sources.copied(source, scratch / source.name)
            wheels = scratch / "wheels"
            command = self._build_command(scratch / source.name, wheels)
            done = run(command, cwd=scratch, deadline=deadline, environment=self._environment())
            path = next(wheels.glob("*.whl"), None)
            if not done.well or path is None:
                raise self._not_built(source, done, deadline)
            return self._keep(path, done, kept)

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
        self._make_room(requirements)
        done = run(
            self._install_command(requirements),
            cwd=self.folder,
            deadline=deadline,
            environment=self._environment(),
        )
        if not done.well:
            raise self._not_installed(requirements, done, deadline)
        # A wheel takes the place of another one, which would have to be installed again.
        names = {_name(one) for one in requirements if isinstance(one, Path)}
        others = [one for one in installed if not any(part.partition(" ")[0] in names for part in one)]
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
            again = [f"--reinstall-package={_name(one)}" for one in requirements if _name(one)]
            return [self.uv, "pip", "install", "--no-config", "--python", self.python, *again, *requirements]
        return [self.python, "-m", "pip", "install", "--disable-pip-version-check", *requirements]

    def _make_room(self, requirements: Sequence[str | Path]) -> None:
        """Of pip, which leaves what is there of the same version."""
        if names := [] if self.uv else [name for one in requirements if (name := _name(one))]:
            command = [self.python, "-m", "pip", "uninstall", "--yes", *names]
            run(command, cwd=self.folder, deadline=_ENVIRONMENT_DEADLINE)

    def _key(self, source: Path) -> str:
        told = [str(_RECIPE), str(self.found.path), self.found.version, sources.digest(source)]
        told += [f"{name}={value}" for name, value in sorted(os.environ.items()) if name.startswith(_BUILD_VARIABLES)]
        return hashlib.sha256("\0".join(told).encode(errors="surrogateescape")).hexdigest()[:20]

    def _keep(self, wheel: Path, done: Done, folder: Path) -> Wheel:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / wheel.name
        os.replace(wheel, path)
        warnings = tuple(dict.fromkeys(_WARNING.findall(done.output)))[:_MOST_WARNINGS]
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        compiler = _compiler(done.output) or self._default_compiler()
        made = Wheel(
            path=path,
            sha256=sha256,
            output=done.output,
            seconds=done.seconds,
            warnings=warnings,
            compiler=compiler,
        )
        told = {"name": path.name, "sha256": sha256, "output": done.output, "seconds": done.seconds}
        told |= {"warnings": list(warnings), "compiler": compiler}
        write_whole(folder / "built.json", json.dumps(told).encode())
        return made

    def _kept(self, folder: Path) -> Wheel:
        told = json.loads((folder / "built.json").read_text(encoding="utf-8"))
        path = folder / told.pop("name")
        if hashlib.sha256(path.read_bytes()).hexdigest() != told["sha256"]:
            raise ValueError(path)
        return Wheel(path=path, kept=True, **told | {"warnings": tuple(told["warnings"])})

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
        alone = f"To see it alone: uv build --wheel --python {self.version} {source.name}"
        return BuildError(
            f"{source.name} does not build for {self.version}:\n{_indented(done)}",
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
            f"{what} cannot be installed for {self.version}:\n{_indented(done)}",
            advice(done.output, "See the lines above."),
            done.tail(),
        )


def default_folder(source: str) -> Path:
    """Where the workshop of a project is, unless somebody names a folder: in the user's cache, by the project's place.

    Raises:
        OutputError: the user has no cache.
    """
    cache = cache_folder("workshops")
    if cache is None:
        raise OutputError("There is no home folder to keep a workshop in.", "Name a folder: --work FOLDER")
    path = Path(source)
    place = str(path.resolve()) if path.exists() else source
    name = re.sub(r"[^\w.=-]+", "-", path.resolve().name if path.exists() else source)[:60]
    return cache / f"{name}-{hashlib.sha256(place.encode(errors='surrogateescape')).hexdigest()[:10]}"


def open_workshop(
    folder: Path,
    version: str = "3.14t",
    *,
    python: str | Path = "",
    report: Report = silent,
    deadline: float = _ENVIRONMENT_DEADLINE,
) -> Workshop:
    """A workshop in a folder: that which an earlier run has left there, if it is of the same interpreter.

    Args:
        folder: made if it is not there.
        version: of the interpreter, which is found, installed or assembled as ``ungil python`` does.
        python: an interpreter that has to be used.
        report: is told what is being done.
        deadline: seconds for making the environment.

    Raises:
        ToolError: there is no such interpreter, the environment cannot be made, or another process works there.
        OutputError: the folder cannot be written to.
    """
    try:
        found = interpreter.find(version, python, report=report)
    except interpreter.InterpreterError as error:
        raise ToolError(error.what, error.remedy) from error
    with _room(folder):
        folder.mkdir(parents=True, exist_ok=True)
        folder = folder.resolve()
        shop = Workshop(folder, version, found, _uv(), report, _locked(folder))
        for left in folder.glob(f"{_SCRATCH}*"):  # by a run that was killed
            shutil.rmtree(left, ignore_errors=True)
        stamp = folder / "workshop.json"
        told = [_RECIPE, version, str(found.path), found.version, "uv" if shop.uv else "pip"]
        if stamp.exists() and json.loads(stamp.read_text(encoding="utf-8")) == told and shop.python.exists():
            return shop
        for one in (stamp, folder / "installed.json"):
            one.unlink(missing_ok=True)
        shutil.rmtree(folder / "env", ignore_errors=True)
        _make_environment(shop, deadline)
        write_whole(stamp, json.dumps(told).encode())
    return shop


def _make_environment(shop: Workshop, deadline: float) -> None:
    shop.report(f"making an environment of {shop.version}")
    env = shop.folder / "env"
    uv = (
        [shop.uv, "venv", "--quiet", "--no-config", "--no-project", "--python", shop.found.path, env] if shop.uv else []
    )
    done = run(uv or [shop.found.path, "-m", "venv", env], cwd=shop.folder, deadline=deadline)
    if not done.well:
        raise BuildError(
            f"No environment of {shop.found.path} can be made: {done.ended}\n{_indented(done)}",
            advice(done.output, "Install uv, or Python's venv module (Debian: apt-get install python3-venv)."),
            done.tail(),
        )


@contextlib.contextmanager
def _room(folder: Path):  # noqa: ANN202 - a context manager
    try:
        yield
    except OSError as error:
        raise OutputError(
            f"Nothing can be made in '{folder}': {error.strerror or error}.", "Name another folder: --work FOLDER"
        ) from error


@contextlib.contextmanager
def _scratch(folder: Path):  # noqa: ANN202 - a context manager
    with _room(folder), tempfile.TemporaryDirectory(dir=folder, prefix=_SCRATCH, ignore_cleanup_errors=True) as name:
        yield Path(name)


def _locked(folder: Path) -> object:
    """What holds a lock on the folder as long as it lives; nothing where there are no such locks."""
    try:
        import fcntl  # noqa: PLC0415 - not on every system
    except ImportError:
        return None
    file = (folder / "lock").open("wb")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise ToolError(
            f"Another ungil works in '{folder}'.", "Wait until it has ended, or name another folder: --work FOLDER"
        ) from None
    return file


def _uv() -> str | None:
    return shutil.which("uv") or shutil.which(Path(sys.executable or "python3").with_name("uv"))


def _python(folder: Path) -> Path:
    return folder / "env" / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def _compiler(output: str) -> str:
    match = _COMPILER.search(output)
    return (match["cmake"] or match["meson"]).strip() if match else ""


def _identity(requirement: str | Path) -> str:
    if isinstance(requirement, Path) and requirement.is_file():
        return f"{_name(requirement)} {hashlib.sha256(requirement.read_bytes()).hexdigest()}"
    return str(requirement)


def _name(wheel: str | Path) -> str:
    """Of the project; empty for what is no wheel."""
    path = Path(wheel)
    return path.name.split("-")[0].replace("_", "-").lower() if path.suffix == ".whl" else ""


def _indented(done: Done) -> str:
    return "\n".join(f"    {line}" for line in done.tail().splitlines())
