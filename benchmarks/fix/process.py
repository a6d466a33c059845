"""Commands that end by a deadline, with all that they have started."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

__all__ = ["Done", "run", "telling"]

# What would make it matter who runs the benchmark, and where.
_FOREIGN = ("PYTHON", "VIRTUAL_ENV", "CONDA", "PYTEST", "CFLAGS", "CPPFLAGS", "CXXFLAGS", "LDFLAGS")
_FOLDERS = re.compile(r"(?<![\w.])/(?:[\w.+-]+/)+")
_PAUSE = 0.01  # seconds between two looks at whether it has ended
_DEADLINE_PASSED = 124  # as timeout(1) says it


@dataclass(frozen=True)
class Done:
    """A command that has ended: by itself, or at its deadline.

    Attributes:
        code: its exit code.
        output: standard output, with standard error unless that was kept apart.
        errors: standard error, if it was.
        seconds: what it took.
    """

    code: int
    output: str
    errors: str
    seconds: float

    @property
    def well(self) -> bool:
        """Did it do its job?"""
        return self.code == 0


def run(
    command: Sequence[str | Path],
    *,
    folder: Path,
    deadline: float,
    environment: Mapping[str, str] | None = None,
    errors_apart: bool = False,
) -> Done:
    """Runs a command in a folder. At the deadline it is killed, and what it has started with it."""
    own = {key: value for key, value in os.environ.items() if not key.startswith(_FOREIGN)}
    start = time.perf_counter()
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        child = subprocess.Popen(
            list(map(str, command)),
            cwd=folder,
            env=own | dict(environment or {}),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors if errors_apart else output,
            start_new_session=True,
        )
        try:
            ended = _ends(child, start + deadline)
        finally:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(child.pid, signal.SIGKILL)  # a test may have left servers behind
            child.wait()
        code = child.returncode if ended else _DEADLINE_PASSED
        return Done(code, _text(output), _text(errors), time.perf_counter() - start)


def telling(output: str) -> str:
    """The first line, and the first that says what is wrong, without the folders of the machine."""
    lines = output.splitlines() or [""]
    wrong = next((line.strip() for line in lines[1:] if "error" in line.lower()), "")
    return _FOLDERS.sub("", f"{lines[0]} {wrong}".strip())


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace")


def _ends(child: subprocess.Popen[bytes], deadline: float) -> bool:
    """Does it by then? It is not reaped: until it is, nobody else is given the number of its group."""
    while time.perf_counter() < deadline:
        if os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
            return True
        time.sleep(_PAUSE)
    return False
