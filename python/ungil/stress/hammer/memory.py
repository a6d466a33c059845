"""How much memory this process uses, in the units in which extensions lose it."""

from __future__ import annotations

import ctypes
import functools
import gc
import mmap
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

__all__ = ["Memory", "memory"]


class Memory(NamedTuple):
    """What is in use.

    Attributes:
        blocks: of Python's allocator: objects, and what they hold.
        bytes: of the C library's ``malloc()``; 0 where it does not tell.
        resident: bytes that the whole process occupies; 0 where the system does not tell.
    """

    blocks: int
    bytes: int
    resident: int


def memory() -> Memory:
    """What is in use now, garbage apart."""
    gc.collect()
    return Memory(sys.getallocatedblocks(), _malloc()(), _resident())


class _MallInfo(ctypes.Structure):
    """``struct mallinfo2`` of glibc 2.33."""

    _fields_ = tuple(
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "ordblks", "smblks", "hblks", "mapped"),
            *("usmblks", "fsmblks", "used", "fordblks", "keepcost"),
        )
    )
    mapped: int
    used: int


@functools.cache
def _malloc() -> Callable[[], int]:
    """What asks the C library for the bytes that are in use, of all its arenas."""
    try:
        ask = ctypes.CDLL(None).mallinfo2
    except (AttributeError, OSError, TypeError):
        return lambda: 0
    ask.restype = _MallInfo

    def used() -> int:
        info = ask()
        return int(info.used + info.mapped)

    return used


def _resident() -> int:
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, IndexError):
        return 0
    return pages * mmap.PAGESIZE
