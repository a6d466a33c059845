"""Whether a script in plain threads shows the same: run in a process of its own, until its time is over."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ungil.stress.hammer.runs.attempt import Kind
from ungil.stress.hammer.scripts.script import Script

__all__ = ["Confirmation", "confirm"]

GRACE: Final = 60.0
"""Seconds beyond its own that a script gets: to import, and to say that it hangs."""

LONG_ENOUGH: Final = 3.0
"""Seconds that one try gets, before another one begins."""

TWICE: Final = 2
"""Hangs that confirm what is no hang: memory that two threads have spoilt may show so. A process may have been stopped
for a while, and seem to hang then; twice, it has not."""

_CRASHES: Final = {"SIGABRT", "SIGBUS", "SIGFPE", "SIGILL", "SIGSEGV", "SIGTRAP"}
_HANGS: Final = "Timeout ("  # faulthandler, before the stacks of all threads
_SAYS: Final = {Kind.OUTCOME: "  came out: ", Kind.GROWTH: " uses up "}
"""What a script prints that shows what it is for. An exit code tells too little: an import that fails has the same."""

_CAME_TO_AN_END: Final = (" came to an end.", "what comes out in order.", "no more than in order.")
"""What it prints if there was nothing to show. That the interpreter crashes when it exits then shows nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
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

    confirmed: bool = False
    tries: int = 0
    seconds: float = 0.0
    how: str = ""
    script: str = ""
    text: str = ""
    debug_allocator: bool = False

    def __str__(self) -> str:
        """For people."""
        if not self.tries:
            return f"not confirmed: there is no script, for {self.how}"
        many = f"{self.tries} {'try' if self.tries == 1 else 'tries'} and {self.seconds:.1f} s"
        named = f": {self.script}" if self.script else ""
        how = self.how.partition("\n")[0].rstrip(":")
        if not self.confirmed:
            return f"not confirmed in {many} by a script of plain Python threads ({how}){named}"
        allocator = ", with an allocator that overwrites what is freed" if self.debug_allocator else ""
        return f"confirmed in {many}: a script of plain Python threads fails too ({how}{allocator}){named}"


def confirm(script: Script, kind: Kind, *, seconds: float, path: Sequence[str] = ()) -> Confirmation:
    """Run a script until it fails or the time is over: once, or several times where there is time for it.

    Args:
        script: which.
        kind: of what it is to show.
        seconds: for all tries together.
        path: folders from which it imports.
    """
    begin = time.monotonic()
    tries = max(1, min(3, int(seconds / LONG_ENOUGH)))
    each, number, hung = seconds / tries, 0, 0
    with tempfile.TemporaryDirectory(prefix="ungil-") as folder:
        file = Path(folder) / "script.py"
        script.write(file)
        while number < tries + (hung == 1):
            number += 1
            ended = _run([sys.executable, str(file), f"{each:g}"], path, each + GRACE)
            hung += ended.hangs
            if ended.shows(kind) or hung == TWICE or not (ended.has_looked or ended.hangs):
                break
    confirmed, spent = ended.shows(kind) or hung == TWICE, time.monotonic() - begin
    return Confirmation(confirmed=confirmed, tries=number, seconds=spent, how=ended.how)


@dataclass(frozen=True, slots=True)
class _Ended:
    """How a script ended: its exit code, or what ended it instead, and what it printed where."""

    code: int
    said: str
    complained: str = ""

    @property
    def signal(self) -> str:
        """The name of the signal that ended it, if one did."""
        try:
            return signal.Signals(-self.code).name if self.code < 0 else ""
        except ValueError:
            return f"signal {-self.code}"

    @property
    def has_looked(self) -> bool:
        """Whether it came as far as having looked, and found nothing."""
        return any(line.endswith(_CAME_TO_AN_END) for line in self.said.splitlines())

    @property
    def how(self) -> str:
        if self.signal and not self.has_looked:
            return self.signal
        if self.hangs:
            return "calls do not come to an end"
        last = self.complained.splitlines()[-1:]
        return self.said or "".join(last) or f"exit code {self.code}"

    def shows(self, kind: Kind) -> bool:
        """Whether it showed what it is for: in its words, or by a crash, which is worse than everything else."""
        if self.signal:
            return self.signal in _CRASHES and not self.has_looked
        if self.code != 1:
            return False
        return self.hangs if kind in {Kind.DEADLOCK, Kind.HANG} else kind in _SAYS and _SAYS[kind] in self.said

    @property
    def hangs(self) -> bool:
        """Whether faulthandler has ended it."""
        return any(line.startswith(_HANGS) for line in self.complained.splitlines())


def _run(command: list[str], path: Sequence[str], deadline: float) -> _Ended:
    known = os.environ.get("PYTHONPATH")
    variables = os.environ | {"PYTHONPATH": os.pathsep.join([*path, *([known] if known else [])])}
    with subprocess.Popen(
        command,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    ) as process:
        try:
            said, complained = process.communicate(timeout=deadline)
        except subprocess.TimeoutExpired:
            process.kill()
            return _Ended(0, f"it did not come to an end within {deadline:.0f} s")
        except BaseException:
            process.kill()
            raise
    return _Ended(process.returncode, said.strip(), complained.strip())
