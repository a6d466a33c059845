"""A process that may crash or hang, watched until it has found something, has ended, or has had its time."""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from benchmarks.audit.measure import BenchmarkError
from benchmarks.hammer.journal import Record, read
from benchmarks.hammer.method import Attempt

__all__ = ["CAP", "JOURNAL", "MUTANT", "ROOT", "SEED", "TWIN", "watch"]

ROOT = Path(__file__).parents[2]
# Variables that tell a process what to do.
JOURNAL = "UNGIL_BENCH_JOURNAL"
MUTANT = "UNGIL_BENCH_MUTANT"
TWIN = "UNGIL_BENCH_TWIN"
SEED = "UNGIL_BENCH_SEED"
CAP = "UNGIL_BENCH_CAP"

GRACE = 5.0
"""Seconds without an execution until a process counts as hung."""
START = 60.0
"""Seconds until a process has imported everything."""


def watch(command: Sequence[str], environment: Mapping[str, str], cap: float, grace: float = GRACE) -> Attempt:
    """Run a command that keeps a journal.

    Args:
        command: what to run.
        environment: variables beside those of this process.
        cap: seconds after which it ends by itself.
        grace: seconds without an execution until it counts as hung.

    Raises:
        BenchmarkError: it ended before it had begun, or with an error of its own.
    """
    with tempfile.TemporaryDirectory() as folder:
        journal, output = Path(folder, "journal"), Path(folder, "output")
        settings = os.environ | dict(environment) | {JOURNAL: str(journal), "PYTHONPATH": str(ROOT)}
        with output.open("wb") as file:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, env=settings)
        try:
            ended = _ended(process, journal, grace)
            end = time.monotonic()
        finally:
            process.kill()
            process.wait()
        return _attempt(read(journal), process.returncode if ended else None, end, cap, lambda: _tail(output))


def _ended(process: subprocess.Popen[bytes], journal: Path, grace: float) -> bool:
    """Whether it ended by itself; if not, it hangs."""
    latest = time.monotonic() + START
    while not read(journal).started:
        if _ends_within(process, 0.01):
            return True
        if time.monotonic() > latest:
            raise BenchmarkError(f"a process had not begun after {START:.0f} s: {process.args!r}")
    executions, since = -1, time.monotonic()
    while not _ends_within(process, 0.1):
        if executions != (executions := read(journal).executions):
            since = time.monotonic()
        if time.monotonic() - since > grace:
            return False
    return True


def _ends_within(process: subprocess.Popen[bytes], seconds: float) -> bool:
    if hasattr(os, "pidfd_open"):  # tells of it at once, and not at the next look
        _sleep_until_end(process.pid, seconds)
        seconds = 0.0
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(max(0.0, seconds))
    return process.returncode is not None


def _sleep_until_end(pid: int, seconds: float) -> None:
    handle = os.pidfd_open(pid)
    try:
        select.select([handle], [], [], max(0.0, seconds))
    finally:
        os.close(handle)


def _attempt(record: Record, code: int | None, end: float, cap: float, output: Callable[[], str]) -> Attempt:
    crashed = code is not None and code < 0 and record.started
    if not record.found and not crashed and code:
        raise BenchmarkError(f"a process ended with {code}: {output()}")
    if not record.found and code is None:
        return Attempt("hang", cap, record.executions)
    seconds = (record.found or end) - record.started
    how = record.how or ("crash" if crashed else "")
    return Attempt(how, seconds, record.executions) if how and seconds <= cap else Attempt("", cap, record.executions)


def _tail(output: Path) -> str:
    return output.read_text(encoding="utf-8", errors="replace")[-2000:]
