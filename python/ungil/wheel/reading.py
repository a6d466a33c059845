"""Has the binaries of a wheel read, in a child process: lief is native, and what it reads may be hostile."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple, Self, cast

from ungil.errors import WheelError
from ungil.wheel.child import begin, crash, end, lines
from ungil.wheel.model import Binary, Build, Declaration, Verdict

__all__ = ["Reader", "Unread", "require_readers"]

_SECONDS = 30  # for one file
_START_SECONDS = 30  # until the first is begun
_MEMORY = 6 << 30  # bytes
_MOST_CRASHES = 5
_TOO_LATE = 1  # the exit code of what faulthandler ends
_PROGRAM = ("-m", "ungil.wheel.binary")


class Unread(NamedTuple):
    """A file that is to be read: its path in the wheel, where it is, and the module that it may be."""

    path: str
    file: Path
    module: str | None


def require_readers() -> None:
    """Makes sure that binaries can be read.

    Raises:
        WheelError: what reads them is not installed.
    """
    missing = [name for name in ("lief", "capstone") if importlib.util.find_spec(name) is None]
    if missing:
        raise WheelError(
            f"{' and '.join(missing)}, which read{'s' if len(missing) == 1 else ''} the binaries in a wheel, "
            f"{'is' if len(missing) == 1 else 'are'} not installed.",
            "Install ungil with the extra that asks for them: pip install 'ungil[wheel]'.",
        )


class Reader:
    """The process that reads. It is started when it is first needed, and serves one caller at a time.

    Enter it, so that it ends: ``with Reader() as reader: reader.binaries(files)``.

    Args:
        program: what the interpreter runs.
        seconds: for one file.
        start_seconds: until the first is begun.
    """

    def __init__(
        self, program: Sequence[str] = _PROGRAM, seconds: int = _SECONDS, start_seconds: int = _START_SECONDS
    ) -> None:
        self._program = program
        self._seconds = seconds
        self._start_seconds = start_seconds
        self._lock = threading.Lock()
        self._process: _Process | None = None
        self._scratch = tempfile.TemporaryDirectory(prefix="ungil-", ignore_cleanup_errors=True)

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Ends the process."""
        self._stop()
        self._scratch.cleanup()

    def binaries(self, files: Sequence[Unread]) -> list[Binary]:
        """What each file is. One that crashes what reads it, or holds it up, is one that could not be read."""
        found: list[Binary] = []
        crashes = 0
        with self._lock:
            while len(found) < len(files):
                rest = files[len(found) :]
                if crashes == _MOST_CRASHES:
                    return found + [Binary(path=one.path, problem="too many others crashed what reads") for one in rest]
                read, why = self._served(rest)
                found += read
                if len(found) < len(files):
                    crashes += 1
                    found.append(Binary(path=files[len(found)].path, problem=why))
        return found

    def _served(self, files: Sequence[Unread]) -> tuple[list[Binary], str]:
        """The first files, as far as they could be read, and why it went no further."""
        answer = Path(self._scratch.name) / "answer"
        answer.unlink(missing_ok=True)
        request = {
            "answer": str(answer),
            "seconds": self._seconds,
            "memory": _MEMORY,
            "files": [{"path": one.path, "file": str(one.file), "module": one.module} for one in files],
        }
        said = self._asked(json.dumps(request).encode() + b"\n", self._start_seconds + self._seconds * len(files))
        read = [_parsed(line, file.path) for line, file in zip(lines(answer), files, strict=False)]
        return [binary for binary in read if binary is not None], self._why(said)

    def _asked(self, request: bytes, seconds: float) -> bytes:
        """What the process says when it is done; nothing if it ends, or does not in time."""
        self._process = self._process or _started(self._program, Path(self._scratch.name))
        said = b""
        with contextlib.suppress(OSError, queue.Empty):
            self._process.requests.write(request)
            self._process.requests.flush()
            said = self._process.said.get(timeout=seconds)
        if not said:
            self._stop()
        return said.strip()

    def _why(self, said: bytes) -> str:
        """Why a file could not be read, by what the process said when it was done with it."""
        code = int(said) if said.lstrip(b"-").isdigit() else 0
        if code < 0:
            return f"what read it {crash(code)}"
        return f"it could not be read within {self._seconds} seconds" if code == _TOO_LATE else "what read it ended"

    def _stop(self) -> None:
        if self._process is not None:
            end(self._process.itself)
            self._process = None


class _Process(NamedTuple):
    itself: subprocess.Popen[bytes]
    requests: IO[bytes]
    said: queue.SimpleQueue[bytes]  # a line for each request that is done; an empty one when the process has ended


def _started(program: Sequence[str], scratch: Path) -> _Process:
    process = begin([sys.executable, "-P", "-X", "utf8", *program], scratch)
    requests, output = cast("IO[bytes]", process.stdin), cast("IO[bytes]", process.stdout)
    said: queue.SimpleQueue[bytes] = queue.SimpleQueue()

    def listen() -> None:
        with contextlib.suppress(OSError, ValueError):  # closed, because the process was ended
            for line in output:
                said.put(line)
        said.put(b"")

    threading.Thread(target=listen, daemon=True).start()
    return _Process(process, requests, said)


def _parsed(line: bytes, path: str) -> Binary | None:
    """What a line of the child says of a file; None if it is not whole."""
    try:
        said: dict[str, Any] = json.loads(line)
        declared = said.pop("declaration")
        lists = {name: tuple(said.pop(name)) for name in ("architectures", "libraries", "entries")}
        declaration = Declaration(Verdict(declared["verdict"]), declared["how"]) if declared else None
        return Binary(**said | lists | {"path": path, "build": Build(said["build"]), "declaration": declaration})
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
