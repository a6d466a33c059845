"""The machine in words: what a reader has to know to weigh numbers that were measured on it."""

from __future__ import annotations

import os
import platform
from contextlib import suppress
from pathlib import Path

__all__ = ["cores", "in_words"]


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
