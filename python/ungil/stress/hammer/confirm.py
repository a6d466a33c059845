"""Whether a script in plain threads shows the same: run in a process of its own, again and again, until its time is over."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ungil.stress.hammer.attempt import Kind
from ungil.stress.hammer.script import Script

__all__ = ["Confirmation", "confirm"]

GRACE: Final = 60.0
"""Seconds beyond its own that a script gets: to import, and to say that it hangs."""

LONG_ENOUGH: Final = 3.0
"""Seconds that one try gets, before another one begins."""

_FAILED: Final = 1  # a script's exit code when it shows what it is for


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What came of a script.

    Attributes:
        confirmed: it failed too.
        tries: how often it was run.
        seconds: that it took in all.
        how: the signal that ended it, or what it printed; why there is no script.
        script: where it lies, for the report; empty if nowhere.
        text: of the script.
        debug_allocator: it took an allocator that overwrites what is freed.
    """

    confirmed: bool
    tries: int
    seconds: float
    how: str
    script: str = ""
    text: str = ""
    debug_allocator: bool = False

    def __str__(self) -> str:
        """For people."""
        if not self.tries:
            return f"not confirmed: there is no script, for {self.how}"
        many = f"{self.tries} {'try' if self.tries == 1 else 'tries'} and {self.seconds:.1f} s"
        named = f": {self.script}" if self.script else ""
        if not self.confirmed:
            return f"not confirmed in {many}: a script of plain Python threads showed nothing{named}"
        allocator = ", with an allocator that overwrites what is freed" if self.debug_allocator else ""
        return f"confirmed in {many}: a script of plain Python threads fails too ({self.how.partition(chr(10))[0].rstrip(":")}{allocator}){named}"


def confirm(
    script: Script,
    kind: Kind,
    *,
    seconds: float,
    python: str = sys.executable,
    path: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
) -> Confirmation:
    """Run a script until it fails or the time is over: once, or several times where there is time for it.

    Args:
        script: which.
        kind: of what it is to show.
        seconds: for all tries together.
        python: the interpreter.
        path: folders from which it imports.
        environment: further variables.
    """
    begin, how = time.monotonic(), ""
    tries = max(1, min(3, int(seconds / LONG_ENOUGH)))
    with tempfile.TemporaryDirectory(prefix="ungil-") as folder:
        file = Path(folder) / "script.py"
        script.write(file)
        for number in range(1, tries + 1):
            ended = _run([python, str(file), f"{seconds / tries:g}"], path, environment or {}, seconds / tries + GRACE)
            how = ended.how
            if ended.fails(kind):
                return Confirmation(True, number, time.monotonic() - begin, how)
            if ended.code not in {0, _FAILED}:
                break  # it cannot even begin, and will not the next time
    return Confirmation(False, number, time.monotonic() - begin, how)


@dataclass(frozen=True, slots=True)
class _Ended:
    code: int
    said: str

    @property
    def how(self) -> str:
        if self.code < 0:
            try:
                return signal.Signals(-self.code).name
            except ValueError:
                return f"signal {-self.code}"
        if self.said.startswith("Timeout ("):  # faulthandler's, with the stacks of all threads
            return "calls do not come to an end"
        return self.said or f"exit code {self.code}"

    def fails(self, kind: Kind) -> bool:
        """A crash shows a crash; whatever else is to be shown, a crash shows it as well."""
        return self.code < 0 or (self.code == _FAILED and kind is not Kind.CRASH)


def _run(command: list[str], path: Sequence[str], environment: Mapping[str, str], deadline: float) -> _Ended:
    known = os.environ.get("PYTHONPATH")
    variables = os.environ | {"PYTHONPATH": os.pathsep.join([*path, *([known] if known else [])])} | environment
    with subprocess.Popen(
        command,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    ) as process:
        try:
            said, _ = process.communicate(timeout=deadline)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            return _Ended(0, f"it did not come to an end within {deadline:g} s")
    return _Ended(process.returncode, said.strip())
