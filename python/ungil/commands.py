"""Commands that end by a deadline, with all that they have started."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from ungil.errors import ToolError

__all__ = ["Done", "Report", "Watch", "clean_environment", "run", "silent"]

type Report = Callable[[str], None]
type Watch = Callable[[int], bool]

FOREIGN: Final = ("PYTHON", "VIRTUAL_ENV", "CONDA", "PYTEST", "COVERAGE")
"""Beginnings of the variables that would make it matter who runs ungil, and where."""

_MARK: Final = "UNGIL_RUN"
"""A variable by which all that a command has started is known, also what has made a session of its own."""

_PAUSE: Final = 0.02  # seconds between two looks at whether it has ended
_LAST_LINES: Final = 30
_MOST_KEPT: Final = 32 << 20  # bytes of output, the last ones: a test may print without end


def silent(_: str) -> None:
    """Report to nobody."""


@dataclass(frozen=True, slots=True)
class Done:
    """A command that has ended: by itself, or at its deadline.

    Attributes:
        code: its exit code, negative if a signal ended it; None if the deadline did.
        output: what it wrote to standard output and standard error; the end of it, if that is very much.
        seconds: what it took.
    """

    code: int | None
    output: str
    seconds: float

    @property
    def well(self) -> bool:
        """Did it do its job?"""
        return self.code == 0

    @property
    def ended(self) -> str:
        """How, in words: ``exit code 2``, ``killed by SIGSEGV``."""
        if self.code is None:
            return f"still running after {self.seconds:.0f} s"
        return f"killed by {self.killed_by}" if self.killed_by else f"exit code {self.code}"

    @property
    def killed_by(self) -> str:
        """The signal that ended it: ``SIGSEGV``; empty if none did."""
        if self.code is None or self.code >= 0:
            return ""
        with contextlib.suppress(ValueError):
            return signal.Signals(-self.code).name
        return f"signal {-self.code}"  # those for real time have numbers alone

    def tail(self, most: int = _LAST_LINES) -> str:
        """The last lines of its output."""
        return "\n".join(self.output.rstrip().splitlines()[-most:])


def clean_environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The variables of this process without those of its Python, and with some more."""
    own = {key: value for key, value in os.environ.items() if not key.startswith(FOREIGN)}
    return own | dict(more or {})


def run(  # noqa: PLR0913 - all but one have their names
    command: Sequence[str | Path],
    *,
    cwd: Path,
    deadline: float,
    environment: Mapping[str, str] | None = None,
    report: Report = silent,
    watch: Watch | None = None,
) -> Done:
    """Run a command. At its end or at the deadline all that it has started is killed.

    Args:
        command: the program and its arguments; no shell sees them.
        cwd: where it runs.
        deadline: seconds from now.
        environment: variables beside those of this process.
        report: is told each line that it writes, as it does.
        watch: is asked now and then, with the number of the process, whether that is to be ended.

    Raises:
        ToolError: there is no such program, or it cannot be started.
    """
    start, mark = time.monotonic(), secrets.token_hex(8)
    with tempfile.TemporaryFile() as output:
        try:
            child = subprocess.Popen(
                list(map(str, command)),
                cwd=cwd,
                env=clean_environment(environment) | {_MARK: mark},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            if not cwd.is_dir():
                raise ToolError(
                    f"'{cwd}' is gone: what ran there before has deleted it.", "Leave out the test that does."
                ) from error
            raise ToolError(f"'{command[0]}' cannot be run: {error.strerror}.", "Is it installed?") from error
        ended = False
        try:
            ended = _ends(child, start + deadline, _Teller(output, report), watch)
        finally:
            _end(child, f"{_MARK}={mark}".encode())
        output.seek(max(0, output.seek(0, os.SEEK_END) - _MOST_KEPT))
        text = output.read().decode(errors="replace")
    return Done(child.returncode if ended else None, text, time.monotonic() - start)


def _ends(child: subprocess.Popen[bytes], deadline: float, tell: _Teller, watch: Watch | None) -> bool:
    """Does it by then, and by itself?"""
    while not _over(child):
        tell()
        if time.monotonic() > deadline or (watch is not None and watch(child.pid)):
            return False
        time.sleep(_PAUSE)
    tell()
    return True


def _over(child: subprocess.Popen[bytes]) -> bool:
    """Has it ended? It is not reaped, where that can be had: until it is, nobody else is given its number."""
    if not hasattr(os, "waitid"):
        return child.poll() is not None
    return os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _end(child: subprocess.Popen[bytes], mark: bytes) -> None:
    """Kill what is left of it, servers that a test has started among them."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
    else:
        child.kill()
    child.wait()
    _end_marked(mark)


def _end_marked(mark: bytes) -> None:
    """Kill daemons too, which are in no group of ours: they would keep what the next round needs. On Linux only."""
    for path in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if mark in path.read_bytes().split(b"\0"):
                os.kill(int(path.parent.name), signal.SIGKILL)


class _Teller:
    """Tells each line of a file that grows, once it is whole."""

    def __init__(self, file: IO[bytes], report: Report) -> None:
        self._descriptor = file.fileno()
        self._report = report
        self._at = 0

    def __call__(self) -> None:
        if self._report is silent or not hasattr(os, "pread"):
            return
        written = os.pread(self._descriptor, 1 << 16, self._at)  # the child's own place in the file is not moved
        whole = written[: written.rfind(b"\n") + 1]
        self._at += len(whole)
        for line in whole.decode(errors="replace").splitlines():
            self._report(line)
