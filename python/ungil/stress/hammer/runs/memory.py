"""How much memory this process uses, in the units in which extensions lose it."""

from __future__ import annotations

import ctypes
import functools
import gc
import mmap
import os
import sys
from collections.abc import Callable
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


@functools.cache
def _statm() -> int:
    """A file descriptor: opening a file over and over leaves blocks behind in CPython 3.14t."""
    return os.open("/proc/self/statm", os.O_RDONLY)


def _resident() -> int:
    try:
        return int(os.pread(_statm(), 100, 0).split()[1]) * mmap.PAGESIZE
    except (AttributeError, OSError, IndexError):
        return 0
