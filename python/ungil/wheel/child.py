"""Child processes that read or run what is not trusted: they get an end, an empty environment, and no terminal.

That is no sandbox: what runs there can do what the user can. It cannot hang or crash this process, nor fill its memory.
"""

from __future__ import annotations

import contextlib
import os
import signal
import stat
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

__all__ = ["Ended", "begin", "crash", "end", "lines", "run", "run_once"]

_MOST_OUTPUT = 32 << 20  # bytes that are read of what a child wrote
_KEPT = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "COMSPEC", "PATHEXT", "WINDIR", "NUMBER_OF_PROCESSORS")


@dataclass(frozen=True, slots=True)
class Ended:
    """A child that has ended.

    Attributes:
        code: its exit code, negative for a signal; None if it was ended at its deadline.
        out: what it wrote to its standard output.
        error: what it wrote to its standard error.
    """

    code: int | None
    out: bytes
    error: str

    @property
    def why(self) -> str:
        """How it ended, in words."""
        if self.code is None:
            return "it was still running at its deadline"
        if self.code < 0:
            return f"it {crash(self.code)}"
        return f"it ended with exit code {self.code}"


def crash(code: int) -> str:
    """``crashed with SIGSEGV``, by a negative exit code."""
    with contextlib.suppress(ValueError):
        return f"crashed with {signal.Signals(-code).name}"
    return f"crashed with signal {-code}"


def run(command: Sequence[str | Path], scratch: Path, seconds: float) -> Ended:
    """Runs a program to its end, or to the deadline, and everything that it has started with it.

    Output goes to files, so that a grandchild that outlives the child, with the output open, holds nothing up.

    Args:
        command: the program and its arguments.
        scratch: a folder of the child's own; it is its home and its current folder.
        seconds: the deadline.
    """
    out, error = (scratch / f".{name}" for name in ("out", "error"))
    with out.open("w+b") as stdout, error.open("w+b") as stderr:
        process = subprocess.Popen(
            list(map(str, command)),
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            cwd=scratch,
            env=_environment(scratch),
            start_new_session=True,
        )
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            code = None
        finally:
            end(process)
        return Ended(code, _read(stdout), _read(stderr).decode(errors="replace"))


def _environment(scratch: Path) -> dict[str, str]:
    """What a program needs to run, and none of the secrets that an environment may hold."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    home = dict.fromkeys(("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "TMPDIR", "TEMP", "TMP"), str(scratch))
    return kept | home | {"PYTHONDONTWRITEBYTECODE": "1"}


def begin(command: Sequence[str | Path], scratch: Path) -> subprocess.Popen[bytes]:
    """Starts a program that is talked to by pipes, likewise; what it says to its standard error goes nowhere."""
    return subprocess.Popen(
        list(map(str, command)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=scratch,
        env=_environment(scratch),
        start_new_session=True,
    )


def end(process: subprocess.Popen[bytes]) -> None:
    """Ends a program and whatever it started, and waits for it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)  # the group of the child, which may have left others behind
        else:
            process.kill()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()
    process.wait()


def _read(stream: IO[bytes]) -> bytes:
    stream.seek(0)
    return stream.read(_MOST_OUTPUT)


def lines(path: Path) -> list[bytes]:
    """What a child wrote to a file, which it may have replaced by a pipe that never ends, or by a link."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0))
        with open(descriptor, "rb") as stream:  # noqa: PTH123 - a descriptor, not a path
            return stream.read(_MOST_OUTPUT).splitlines() if stat.S_ISREG(os.fstat(descriptor).st_mode) else []
    except OSError:
        return []


def run_once(command: Sequence[str | Path], seconds: float) -> Ended:
    """Runs a program in a folder of its own, which is removed."""
    with tempfile.TemporaryDirectory(prefix="ungil-", ignore_cleanup_errors=True) as scratch:
        try:
            return run(command, Path(scratch), seconds)
        except OSError as error:
            return Ended(127, b"", error.strerror or str(error))
