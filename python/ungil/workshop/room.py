"""Room to work in: that there is none is said, what is left behind is taken away, and one process works at a time."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ungil.errors import OutputError, ToolError

__all__ = ["LOCK", "Lock", "clear_scratch", "room_in", "scratch_in"]

LOCK: Final = "lock"
"""The file that a lock is on: a folder that has it is one that ungil works in."""

_SCRATCH: Final = "scratch-"


@contextlib.contextmanager
def room_in(folder: Path) -> Iterator[None]:
    """Says which folder has no room for what is made there.

    Raises:
        OutputError: nothing can be made there.
    """
    try:
        yield
    except OSError as error:
        raise OutputError(
            f"Nothing can be made in '{folder}': {error.strerror or error}.",
            "Name another folder: --work, of ungil port --folder.",
        ) from error


@contextlib.contextmanager
def scratch_in(folder: Path) -> Iterator[Path]:
    """A folder that is gone afterwards."""
    with room_in(folder), tempfile.TemporaryDirectory(dir=folder, prefix=_SCRATCH, ignore_cleanup_errors=True) as name:
        yield Path(name)


def clear_scratch(folder: Path) -> None:
    """Take away what runs that were killed have left."""
    for left in folder.glob(f"{_SCRATCH}*"):
        shutil.rmtree(left, ignore_errors=True)


class Lock:
    """On a folder, among all processes, as long as this lives; of no effect where there are no such locks."""

    def __init__(self, folder: Path) -> None:
        """Take it.

        Raises:
            ToolError: another process has it.
        """
        self._descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o666)
        with contextlib.suppress(ImportError):
            import fcntl  # noqa: PLC0415 - not on every system

            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise ToolError(
                    f"Another ungil works in '{folder}'.", "Wait until it has ended, or name another: --work FOLDER"
                ) from None

    def __del__(self) -> None:
        """Let go of it, if it was taken."""
        if hasattr(self, "_descriptor"):
            os.close(self._descriptor)
