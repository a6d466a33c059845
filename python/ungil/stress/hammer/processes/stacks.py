"""Where the threads of a tested process stand: it writes that when a signal asks for it, or when it crashes.

The file has a section for each thread: a heading, a line for each native frame with its address, then the frames of its
Python code as ``faulthandler`` writes them. What stands before the first heading is of the thread that crashed.
"""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
import time
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import IO, Any, Final

from ungil import _hammer
from ungil.stress.hammer.runs.text import LoadedText

__all__ = ["ask_for_stacks", "leave_last_words", "readable"]

ASK: Final[int] = signal.SIGRTMAX - 5 if hasattr(signal, "SIGRTMAX") else 0
"""The signal that asks. Extensions use the first ones of this kind, if any."""

_PYTHON: Final = ASK - 1
_HIGH: Final = 200
"""Extensions that close file descriptors that they do not know begin with the low ones."""

_HEADINGS: Final = ("thread ", "crash in ")
_HAMMER: Final = str(Path(__file__).parents[1])
_MOST_FRAMES: Final = 40
_LOOKS: Final = 40
_BETWEEN: Final = 0.05


def leave_last_words(path: Path) -> IO[Any]:
    """Have this process write where its threads stand. The file has to stay open."""
    _hammer.take_part_in_stacks(0)
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    file = os.fdopen(_high(descriptor), "w")
    if ASK and not _hammer.write_stacks_on(ASK, _PYTHON, file.fileno()):
        faulthandler.register(_PYTHON, file, all_threads=False)
        _hammer.write_stacks_of_crash()
    # faulthandler comes first, and passes the signal on to the handler that was there before it.
    if sys.version_info >= (3, 14):
        faulthandler.enable(file, c_stack=False)
    else:
        faulthandler.enable(file)
    return file


def ask_for_stacks(process: int, path: Path) -> None:
    """Have that process write where its threads stand, and wait until it has, or cannot."""
    if not ASK:
        return
    os.kill(process, ASK)
    size, steady = -1, 0
    for _ in range(_LOOKS):
        time.sleep(_BETWEEN)
        now = path.stat().st_size if path.exists() else 0
        steady = steady + 1 if now == size else 0
        if now and steady > 2:  # noqa: PLR2004 - looks: longer than a thread takes to write
            return
        size = now


def readable(stacks: str, text: LoadedText) -> tuple[str, ...]:
    """What was written, a text for each thread, with a place in a file for each address."""
    sections: list[list[str]] = [[]]
    for line in stacks.splitlines():
        if line.startswith(_HEADINGS):
            sections.append([line])
        else:
            sections[-1].append(line)
    before, *threads = sections
    if threads and threads[0][0].startswith("crash"):
        threads[0] += before
    return tuple(
        "\n".join(_section(lines, text))
        for lines in threads or [["crash in another thread", *before]]
        if len(lines) > 1
    )


def _section(lines: list[str], text: LoadedText) -> Iterator[str]:
    """A thread's heading and its frames, innermost first, without those of the hammer."""
    yield _heading(lines[0])
    native = [int(line, 16) for line in lines[1:] if line.startswith("0x")]
    for address in list(_between_hammers(native, text))[:_MOST_FRAMES]:
        spot = text.spot(address)
        yield f"  {spot.path or '(no file)'}+{spot.offset:#x}"
    python = [line.strip() for line in lines[1:] if line.strip().startswith("File ")]
    yield from (f"  {line}" for line in takewhile(lambda line: f'"{_HAMMER}' not in line, python))


def _heading(line: str) -> str:
    """``crash in thread 1`` is ``B, which crashed``."""
    words = line.removeprefix("crash in ").split()
    name = "ABCDEFGH"[int(words[1])] if words[:1] == ["thread"] and words[1].isdigit() else "another thread"
    return f"{name}, which crashed:" if line.startswith("crash") else f"{name}:"


def _between_hammers(frames: list[int], text: LoadedText) -> Iterator[int]:
    """The frames between the signal handlers that led to the writing and the crew that has made the call.

    What a handler returns to is always the same instruction: it is behind the innermost frames, which are the hammer's,
    and there is another one for each further handler.
    """
    own = str(Path(_hammer.__file__).resolve())
    written = next((index for index, frame in enumerate(frames) if text.spot(frame).path != own), len(frames))
    outside = frames[written:]
    if written and outside:
        outside = outside[len(outside) - outside[::-1].index(outside[0]) :]
    return takewhile(lambda frame: text.spot(frame).path != own, outside)


def _high(descriptor: int) -> int:
    """The same file under a high number."""
    try:
        import fcntl  # noqa: PLC0415 - not on every system

        high = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _HIGH)
    except (ImportError, OSError):
        return descriptor
    os.close(descriptor)
    return high
