"""Programs timed in fresh processes, and what each held at most in memory."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["BenchmarkError", "Run", "answer", "median", "run", "take_turns"]


class BenchmarkError(Exception):
    """The benchmark could not be done: what happened, and what to do."""


@dataclass(frozen=True)
class Run:
    """One process, from its start to its end."""

    seconds: float
    mebibytes: float  # resident, at most


def run(command: Sequence[str | Path], environment: Mapping[str, str] | None = None, *, accept: int = 0) -> Run:
    """Times a process. Its output goes nowhere; an exit code above `accept` is an error.

    Raises:
        BenchmarkError: it failed.
    """
    start = time.perf_counter()
    child = subprocess.Popen(
        list(map(str, command)),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | dict(environment or {}),
    )
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - start
    child.returncode = os.waitstatus_to_exitcode(status)  # it has been waited for
    if not 0 <= child.returncode <= accept:
        raise BenchmarkError(f"{' '.join(map(str, command))} ended with {child.returncode}: run it by hand")
    return Run(seconds, usage.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10))


def answer(command: Sequence[str | Path]) -> Any:  # noqa: ANN401 - whatever JSON the program prints
    """What a program prints, as JSON.

    Raises:
        BenchmarkError: it failed.
    """
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=600, check=False)
    if done.returncode != 0:
        raise BenchmarkError(f"{' '.join(map(str, command))} failed: {done.stderr.strip()[-500:]}")
    return json.loads(done.stdout)


def take_turns[Sample](contenders: Mapping[str, Callable[[], Sample]], rounds: int) -> dict[str, list[Sample]]:
    """Samples of each, round by round: a slow moment of the machine meets all of them."""
    taken: dict[str, list[Sample]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, sample in contenders.items():
            taken[name].append(sample())
    return taken


def median(values: Sequence[float]) -> float:
    """Rounded to four digits: more would be noise in the JSON."""
    return float(f"{statistics.median(values):.4g}")
