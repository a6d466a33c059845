"""Work that takes long, and whose result many tests look at: done once, and again when what it depends on has changed.

What was done stays in a folder under build/ from one run of the tests to the next, so that `make test`, which runs them
three times, builds each project once. Work that failed leaves nothing to rely on: every test that needs it fails and
shows what its commands said, and the next run does it anew.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from filelock import FileLock

__all__ = ["ROOT", "WAITING_DEADLINE", "Records", "Step", "WorkError"]

ROOT = Path(__file__).resolve().parents[2]
WORK_DEADLINE = 900.0
WAITING_DEADLINE = 2 * WORK_DEADLINE
"""The seconds that one piece of work may take, and those that a test may wait for one that another run is doing."""

DEPENDS_ON = (
    "copier.yml",
    "pyproject.toml",
    "template",
    "tests/build_identifiers.py",
    "tests/template",
    "tests/workflows.py",
)
# What this process was told is not for the tools that it starts, nor are the settings of whoever runs it.
FORGOTTEN = (
    "PYTHON",
    "PYTEST",
    "VIRTUAL_ENV",
    "CIBW_",
    "COOKIECUTTER_",
    "COPIER_",
    "GIT_",
    "UV_PROJECT",
    "UV_PYTHON",
    "XDG_CONFIG",
)

_failures: dict[Path, str] = {}


class WorkError(Exception):
    """Work did not end as it should; the message has what its commands said."""


@dataclass(frozen=True)
class Step:
    """A piece of work: its folder, and a log of its commands."""

    folder: Path
    ends: float = field(default_factory=lambda: time.monotonic() + WORK_DEADLINE)

    @property
    def log(self) -> str:
        """The commands so far, and what they said."""
        with suppress(FileNotFoundError):
            return (self.folder / "log").read_text(encoding="utf-8", errors="replace")
        return ""

    def run(
        self,
        *command: str | Path,
        cwd: Path | None = None,
        code: int = 0,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Run a command to its end.

        Args:
            command: the program and its arguments.
            cwd: where it runs; by default in the folder.
            code: the exit code that it must have.
            environment: variables for it, beside those of this process that are for every program.

        Raises:
            WorkError: its exit code is another one, or it had to be killed at the deadline of the work.
        """
        with (self.folder / "log").open("a", encoding="utf-8") as log:
            log.write(f"$ {shlex.join(map(str, command))}\n")
            log.flush()
            child = subprocess.Popen(
                command,
                cwd=cwd or self.folder,
                env=inherited() | {"UV_SYSTEM_CERTS": "1"} | dict(environment or {}),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                process_group=0 if os.name == "posix" else None,
            )
            ended = wait(child, self.ends - time.monotonic())
        if ended != code:
            how = "it took too long" if ended is None else f"exit code {ended} instead of {code}"
            raise WorkError(f"{shlex.join(map(str, command))}: {how}\n{self.log}")


def inherited() -> dict[str, str]:
    """The variables of this process that are for every program."""
    return {name: value for name, value in os.environ.items() if not name.startswith(FORGOTTEN)}


def wait(child: subprocess.Popen[bytes], seconds: float) -> int | None:
    """Return the exit code; None, and the child killed with its children, if there is none in time."""
    try:
        return child.wait(max(seconds, 0.0))
    except subprocess.TimeoutExpired:
        return None
    finally:
        if child.returncode is None:
            kill(child)


def kill(child: subprocess.Popen[bytes]) -> None:
    """Kill a child and, where processes have groups, what it started."""
    if os.name == "posix":
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
    else:
        child.kill()
    child.wait()


@dataclass(frozen=True)
class Records:
    """A folder in which each record is a folder. Any number of threads and processes may ask for one."""

    folder: Path

    def once(self, name: str, work: Callable[[Step], object], *depends_on: Path) -> Path:
        """Return the folder in which this work was done; do it first, in an empty one, if it has not been.

        Args:
            name: the record's.
            work: does it, in the folder of its step.
            depends_on: files and folders that it depends on, beside the template and its tests.

        Raises:
            WorkError: the work failed, now or earlier in this process.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        folder = self.folder / name
        with FileLock(self.folder / f"{name}.lock", timeout=WAITING_DEADLINE):
            do_once(folder, work, digest(*(ROOT / path for path in DEPENDS_ON), *depends_on))
        return folder


def do_once(folder: Path, work: Callable[[Step], object], depended_on: str) -> None:
    """Do the work, unless a file in the folder says that it was done with the same to depend on."""
    done = folder / "done"
    if done.exists() and done.read_text(encoding="ascii") == depended_on:
        return
    if folder in _failures:
        raise WorkError(_failures[folder])
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir()
    step = Step(folder)
    try:
        work(step)
    except Exception as error:
        _failures[folder] = str(error) if isinstance(error, WorkError) else f"{error!r}\n{step.log}"
        raise WorkError(_failures[folder]) from error
    done.write_text(depended_on, encoding="ascii")


@cache
def digest(*paths: Path) -> str:
    """A digest of files, and of all files in folders, by name and content."""
    total = hashlib.blake2b(digest_size=20)
    for file in (file for path in paths for file in files(path)):
        content = file.read_bytes()
        total.update(f"{file}\0{len(content)}\0".encode())
        total.update(content)
    return total.hexdigest()


def files(path: Path) -> Iterator[Path]:
    """Yield the file, or the files in the folder but for what Python keeps beside its sources."""
    found = sorted(path.rglob("*")) if path.is_dir() else [path]
    yield from (file for file in found if file.is_file() and "__pycache__" not in file.parts)
