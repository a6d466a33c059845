"""The machine in words: what a reader has to know to weigh numbers that were measured on it."""

from __future__ import annotations

import os
import platform
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

__all__ = ["cores", "in_words", "quiet"]

_LOOK: Final = 0.3
"""Seconds of one look at how much of the machine's time is used."""


def in_words() -> str:
    """Processor, cores, memory, system: ``Intel Xeon, 2 cores, 8 GiB, Linux 6.1 on x86_64``."""
    parts = [_processor(), f"{cores()} core{'s' * (cores() != 1)}", _memory()]
    parts.append(f"{platform.system()} {platform.release()} on {platform.machine()}")
    return ", ".join(part for part in parts if part)


def cores() -> int:
    """Those that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def quiet(share: float, seconds: float) -> float:
    """Wait until others use less than a share of the machine's time, but no longer than so many seconds.

    Returns:
        The share that they used last, from 0 to 1; 0 where nobody says.
    """
    end = time.monotonic() + seconds
    while (used := _busy()) > share and time.monotonic() < end:
        pass
    return used


def _busy() -> float:
    """The share of the machine's time that is used while this process sleeps."""
    before = _times()
    time.sleep(_LOOK)
    after = _times()
    if before is None or after is None or after[1] == before[1]:
        return 0.0
    return 1 - (after[0] - before[0]) / (after[1] - before[1])


def _times() -> tuple[int, int] | None:
    """What Linux counts: idle, and all."""
    with suppress(OSError, ValueError, IndexError):
        numbers = [int(one) for one in Path("/proc/stat").read_text(encoding="ascii").splitlines()[0].split()[1:9]]
        return numbers[3] + numbers[4], sum(numbers)
    return None


def _processor() -> str:
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            key, _, value = line.partition(":")
            if key.strip() in {"model name", "Model"}:
                return " ".join(value.split())
    return platform.processor()


def _memory() -> str:
    with suppress(ValueError, OSError, AttributeError):
        return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB"
    return ""
