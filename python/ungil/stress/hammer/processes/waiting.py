"""Whether the threads of another process wait for each other for ever, as the kernel sees it (Linux; elsewhere, never).

A thread that sleeps in ``futex()`` without a timeout is woken by another thread of its process, or not at all.
"""

from __future__ import annotations

import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ungil.stress.hammer.processes.journal import Post

__all__ = ["is_stopped", "waits_for_itself"]

_FUTEX: Final = {"x86_64": 202, "aarch64": 98}.get(platform.machine())
_TIMEOUT: Final = 4  # of the numbers in /proc/PID/task/TID/syscall: the call's, then its arguments


def waits_for_itself(process: int, posts: Sequence[Post]) -> bool:
    """Whether no thread of the process will ever go on, unless something from outside wakes one.

    A thread of the crew that is in no call waits for those that are, whether or not it sleeps. Where none is in a call,
    it is the first one that does something.
    """
    threads = {int(task.name) for task in Path(f"/proc/{process}/task").glob("[0-9]*")}
    crew = {post.thread for post in posts}
    callers = {post.thread for post in posts if post.in_call} or {process}
    awake = [thread for thread in callers | (threads - crew) if not _sleeps_for_ever(process, thread)]
    return bool(threads) and callers <= threads and not awake


def is_stopped(process: int) -> bool:
    """Whether somebody has stopped it, as Ctrl-Z does."""
    try:
        return _state(Path(f"/proc/{process}")) in ("T", "t")
    except (OSError, IndexError):
        return False


def _sleeps_for_ever(process: int, thread: int) -> bool:
    """Whether it sleeps until another thread wakes it."""
    try:
        task = Path(f"/proc/{process}/task/{thread}")
        return _state(task) == "S" and _in_futex(task)
    except (OSError, IndexError):
        return False


def _state(task: Path) -> str:
    """The letter behind the name, which may hold anything."""
    return (task / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[0]


def _in_futex(task: Path) -> bool:
    """By the system call and its timeout; where the kernel does not show these, by the function that it sleeps in."""
    try:
        call = (task / "syscall").read_text(encoding="ascii").split()
    except OSError:
        return "futex" in (task / "wchan").read_text(encoding="ascii", errors="replace")
    return call[0] == str(_FUTEX) and len(call) > _TIMEOUT and int(call[_TIMEOUT], 16) == 0
