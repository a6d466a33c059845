"""What a command is doing, on a terminal, when it takes longer than people wait."""

from __future__ import annotations

import os
import threading
from typing import Self, TextIO

__all__ = ["Progress"]

_ERASE = "\r\x1b[K"


class Progress:
    """While entered, shows on a terminal what was last reported; elsewhere, and to whom does not wait, it is silent.

    Args:
        stream: where to show it: standard error, since standard output is for the report.
        patience: seconds before anything is shown.
    """

    def __init__(self, stream: TextIO, patience: float = 1.0) -> None:
        self._stream = stream
        self._patience = patience
        self._doing = ""
        self._done = threading.Event()
        self._lock = threading.Lock()
        self._shown: str | None = None
        self._thread: threading.Thread | None = None

    def __call__(self, doing: str) -> None:
        """Reports what is being done now. May be called from any thread."""
        self._doing = doing  # one word, replaced whole: whoever reads it sees the old or the new

    def clear(self) -> None:
        """Makes room for a line that is to stay; what is being done is shown again below it."""
        with self._lock:
            if self._shown is not None:
                self._stream.write(_ERASE)
                self._stream.flush()
                self._shown = None

    def __enter__(self) -> Self:
        """Begins to wait."""
        if self._stream.isatty() and os.environ.get("TERM") != "dumb":
            self._thread = threading.Thread(target=self._show, daemon=True)
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Leaves the line as it was."""
        self._done.set()
        if self._thread is not None:
            self._thread.join()

    def _show(self) -> None:
        wait = self._patience
        while not self._done.wait(wait):
            wait = 0.1
            with self._lock:
                if self._doing != self._shown:
                    self._shown = self._doing
                    self._stream.write(f"{_ERASE}ungil: {self._shown}")
                    self._stream.flush()
        self.clear()
