"""Where the threads of a session stand: their native frames, and those of Python.

The session has no thread for that, which a test that forks would be warned of: it has handlers of signals, and whoever
watches it sends one. Where ungil's native modules fit the interpreter, they are the hammer's, and each thread writes
its own native stack. Elsewhere the Python stacks of all threads are written, and gdb is asked, if it is there.
"""

from __future__ import annotations

import faulthandler
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

from ungil.stress import threads

if TYPE_CHECKING:
    from ungil.stress.hammer.runs.text import Spot
    from ungil.stress.hammer.telling.places import Place

__all__ = ["ask", "leave_last_words", "readable"]

_ASK: Final[int] = signal.SIGRTMAX - 5 if hasattr(signal, "SIGRTMAX") else 0
"""The hammer's, so that both kinds of session are asked alike. 0 where there are no such signals."""

_LOOKS: Final = 40
_BETWEEN: Final = 0.05
_GDB_DEADLINE: Final = 30.0
_MOST_FRAMES: Final = 8
_OURS: Final = re.compile(r"^(?P<crash>crash in )?(?:thread (?P<number>\d+)|another thread)$")
_THEIRS: Final = re.compile(r"^(?:Stack|Current thread|Thread)(?: (?P<id>0x\w+))?(?: \[(?P<name>.*?)\])? .*first\):")
_ADDRESS: Final = re.compile(r'^(?:\s*Binary file ".*\[)?(?P<address>0x[0-9a-f]+)\]?$')
_GDB: Final = re.compile(r"^Thread \d+ \(.*\bLWP (?P<number>\d+)\)")
_GDB_FRAME: Final = re.compile(r"^#\d+\s+(?P<address>0x[0-9a-f]+) in ")
_PYTHON: Final = re.compile(r'^\s*File "(?P<path>[^"]+)", line (?P<line>\d+) in (?P<function>.*)$')
_MACHINERY: Final = ("/ungil/stress/", "/_pytest/", "/pluggy/", "/pytest/", "<frozen runpy>")
_SYSTEM: Final = ("libc.", "libc-", "libpthread", "libm.", "ld-", "libpython", "libgcc", "libstdc++", "_hammer")


def leave_last_words(path: Path) -> IO[Any]:
    """Have this process write where its threads stand when it crashes or is asked. The file has to stay open."""
    faulthandler.disable()  # pytest's: its handlers have to be installed behind those that follow, to come first
    try:
        from ungil import _hammer  # noqa: PLC0415 - it may be built for another interpreter
        from ungil.stress.hammer.processes import stacks  # noqa: PLC0415 - see above
    except ImportError:
        file = path.open("ab", buffering=0)
        faulthandler.enable(file)
        if _ASK:
            faulthandler.register(_ASK, file, all_threads=True)
        return file
    threads.entered = lambda thread: _hammer.take_part_in_stacks(thread + 1)  # the main thread is 0
    return stacks.leave_last_words(path)


def ask(process: int, stacks: Path) -> None:
    """Have a process write where its threads stand, and wait until it has, or cannot.

    Args:
        process: its number; it is a child of this process.
        stacks: the file that it writes to; its memory map goes beside it, with ``.maps`` for the ending.
    """
    if not _ASK:
        return
    with suppress(OSError):
        stacks.with_suffix(".maps").write_bytes(Path(f"/proc/{process}/maps").read_bytes())
    with suppress(OSError):
        os.kill(process, _ASK)
    _wait(stacks)
    if not stacks.exists() or not any(map(_ADDRESS.match, stacks.read_text("utf-8", "replace").splitlines())):
        _ask_gdb(process, stacks)


def _wait(file: Path) -> None:
    """Until it has grown and has come to rest."""
    size, steady = -1, 0
    for _ in range(_LOOKS):
        time.sleep(_BETWEEN)
        now = file.stat().st_size if file.exists() else 0
        steady = steady + 1 if now == size else 0
        if now and steady > 4:  # noqa: PLR2004 - looks: longer than a thread takes to write
            return
        size = now


def _ask_gdb(process: int, stacks: Path) -> None:
    if gdb := shutil.which("gdb"):
        command = [gdb, "--batch", "--nx", "-p", str(process), "-ex", "thread apply all backtrace 24"]
        with suppress(OSError, subprocess.TimeoutExpired), stacks.open("ab") as file:
            subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.DEVNULL, timeout=_GDB_DEADLINE,
                check=False,
            )  # fmt: skip


# ---- For people


@dataclass(slots=True)
class _Thread:
    """What one thread has written.

    Attributes:
        name: of it.
        crashed: whether it is the one that crashed.
        native: addresses, innermost first.
        python: frames, innermost first: function, file, line.
    """

    name: str
    crashed: bool = False
    native: list[int] = field(default_factory=list)
    python: list[tuple[str, str, str]] = field(default_factory=list)


def readable(stacks: Path, root: Path) -> str:
    """What was written, thread by thread: native frames, named as far as the files tell, and those of Python.

    Args:
        stacks: the file.
        root: of the project: paths of its sources are relative to it.
    """
    if not stacks.exists():
        return ""
    text = stacks.read_text(encoding="utf-8", errors="replace")
    told = [one for one in _threads(text) if _is_telling(one)]
    if not told:
        return _short(text.strip())
    spots = _spots([address for one in told for address in one.native], stacks.with_suffix(".maps"))
    from ungil.stress.hammer.telling.places import Places  # noqa: PLC0415 - the plugin needs none of it

    places = Places(root)
    places.find({spot for one in told for spot in _own(one, spots)})
    shown = ["\n".join(_shown(one, [_named(places[spot]) for spot in _own(one, spots)])) for one in told]
    return "\n".join(one for one in dict.fromkeys(shown) if "\n" in one)  # more than a heading


def _threads(text: str) -> list[_Thread]:
    """Native stacks have our headings, and faulthandler's frames below them; or all is faulthandler's.

    Of a crash, faulthandler writes first, for all threads at once: of that, the frames of the crashed one are kept.
    """
    ours, theirs, gdbs = [], [_Thread("before")], [_Thread("before")]
    for line in text.splitlines():
        if match := _GDB.match(line):
            gdbs.append(_Thread(f"thread {match['number']} of the system"))
        elif match := _GDB_FRAME.match(line):
            gdbs[-1].native.append(int(match["address"], 16))
        elif match := _OURS.match(line):
            number = match["number"]
            name = "main thread" if number == "0" else f"thread {int(number) - 1}" if number else "another thread"
            ours.append(_Thread(name, bool(match["crash"])))
        elif (match := _THEIRS.match(line)) and not ours:
            theirs.append(_Thread(match["name"] or match["id"] or "a thread", not line.startswith("Thread")))
        elif match := _ADDRESS.match(line):
            (ours or theirs)[-1].native.append(int(match["address"], 16))
        elif match := _PYTHON.match(line):
            (ours or theirs)[-1].python.append((match["function"], match["path"], match["line"]))
    for one in ours:
        if one.crashed and not one.python:
            one.python = next((each.python for each in theirs if each.crashed), [])
    return [*(ours or theirs), *gdbs]


def _is_telling(one: _Thread) -> bool:
    """Not so where it only waits for the threads of a test."""
    return any(_is_of_project(path) for _, path, _ in one.python) or (bool(one.native) and not one.python)


def _is_of_project(path: str) -> bool:
    return not any(part in path for part in _MACHINERY) and not path.endswith("/threading.py")


def _spots(addresses: Iterable[int], maps: Path) -> dict[int, Spot]:
    from ungil.stress.hammer.runs.text import loaded_text  # noqa: PLC0415 - the plugin needs none of it

    text = loaded_text([], maps)
    return {address: text.spot(address) for address in addresses}


def _own(one: _Thread, spots: dict[int, Spot]) -> list[Spot]:
    """The frames of extensions, with what the innermost of them has called; what is behind them runs Python."""
    from ungil.stress.hammer.runs.text import Spot  # noqa: PLC0415 - the plugin needs none of it

    frames = _interrupted([spots[address] for address in one.native])
    frames = [Spot(spot.path, spot.offset - bool(index)) for index, spot in enumerate(frames)]  # calls, not returns
    own = [index for index, spot in enumerate(frames) if _is_extension(spot.path)]
    return frames[max(0, own[0] - 1) : own[-1] + 1][:_MOST_FRAMES] if own else []


def _interrupted(frames: list[Spot]) -> list[Spot]:
    """Without the handlers of signals: what they return to is always the same, and there is one for each of them."""
    handlers = next((index for index, spot in enumerate(frames) if "_hammer" not in spot.path), len(frames))
    if not 0 < handlers < len(frames):
        return frames
    last = max(index for index, spot in enumerate(frames) if spot == frames[handlers])
    return frames[last + 1 :]


def _is_extension(path: str) -> bool:
    name = Path(path).name
    return ".so" in name and not name.startswith(_SYSTEM)


def _shown(one: _Thread, native: list[str]) -> Iterator[str]:
    yield f"{one.name}{', which crashed' if one.crashed else ''}:"
    yield from (f"  {place}" for place in native)
    own = [frame for frame in one.python if _is_of_project(frame[1])]
    yield from (f"  {function} ({_short(path)}:{line})" for function, path, line in own[:_MOST_FRAMES])


def _named(place: Place) -> str:
    """``buffer_append (src/buffer.c:58)``."""
    origin = place.origin if place.origin and not place.origin.path.startswith(("/", ".")) else None
    name = place.function or str(place.spot)
    return f"{name} ({origin.path}:{origin.line})" if origin else name


def _short(path: str) -> str:
    return re.sub(r"(?<![\w.])/(?:[^/\s\"]+/)+(?=[^/\s\"]+/[^/\s\"]+)", "", path)
