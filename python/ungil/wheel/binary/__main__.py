"""The process that reads binaries: what a damaged or hostile one does to it, it does to no other.

Each line of standard input is a request in JSON: which files to read, the limits, and the file that gets a line of
JSON for each as soon as it was read. Standard output gets a line when a request is done: how it ended. Loading lief
takes longer than reading most wheels; so, where the system can fork, this process never reads a file itself: each
request is served by a copy of it, which ends with what it read.
"""

from __future__ import annotations

import contextlib
import faulthandler
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ungil.wheel.binary.binding import binding
from ungil.wheel.binary.build import build_of
from ungil.wheel.binary.declaration import Said, said_by
from ungil.wheel.binary.image import Image, UnreadableError
from ungil.wheel.binary.load import images
from ungil.wheel.model import Binary, Build, Declaration, Verdict

_ENTRIES = ("PyInit_", "PyInitU_", "PyModExport_", "PyModExportU_")
_MOST_ENTRIES = 64
_FAILED = 70  # the exit code of a copy that failed in a way that nobody has thought of
_LARGEST_READ = 512 << 20  # bytes of a file whose code is followed


def main() -> None:
    """Serves requests until there are no more."""
    for line in sys.stdin:
        code = _in_a_copy(json.loads(line))
        sys.stdout.write(f"{code}\n")
        sys.stdout.flush()


def _in_a_copy(request: dict[str, Any]) -> int:
    """The exit code of the copy that served a request, negative for a signal."""
    if not hasattr(os, "fork"):
        _serve(request)
        return 0
    copy = os.fork()
    if copy == 0:
        try:
            _serve(request)
        except BaseException:  # noqa: BLE001 - a copy has nobody to tell
            os._exit(_FAILED)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(copy, 0)[1])


def _serve(request: dict[str, Any]) -> None:
    """Reads each file that is named, within the limits that are given."""
    if hasattr(os, "fork"):
        _limit(request["memory"])
    with Path(request["answer"]).open("w", encoding="utf-8", buffering=1) as answer:
        for wanted in request["files"]:
            faulthandler.dump_traceback_later(request["seconds"], exit=True)
            read = _read(wanted["path"], Path(wanted["file"]), wanted["module"])
            faulthandler.cancel_dump_traceback_later()
            answer.write(json.dumps(asdict(read)) + "\n")


def _limit(memory: int) -> None:
    """Bounds the memory, where the system can: a file that asks for more ends this process alone."""
    with contextlib.suppress(ImportError, ValueError, OSError):  # Windows has none; macOS refuses
        import resource  # noqa: PLC0415

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _read(path: str, file: Path, module: str | None) -> Binary:
    try:
        data = file.read_bytes()
        code = len(data) <= _LARGEST_READ and module is not None
        found = images(data, code=code)
    except UnreadableError as error:
        return Binary(path=path, problem=str(error))
    except MemoryError:
        return Binary(path=path, problem="it asks for more memory than it gets")
    first = found[0]
    common: dict[str, Any] = {
        "path": path,
        "container": first.container,
        "architectures": tuple(image.architecture for image in found),
        "libraries": first.libraries,
        "debug": sum(image.debug for image in found),
    }
    return Binary(**common, **(_module(data, found, module) if module is not None else {}))


def _module(data: bytes, found: list[Image], module: str) -> dict[str, Any]:
    """What is known of a library that may be a module."""
    kind = binding(data)
    said = [said_by(image, module, kind) for image in found]
    build, seen = build_of(found[0], said[0].free_threaded)
    if any(build_of(image, one.free_threaded)[0] is not build for image, one in zip(found, said, strict=True)):
        build, seen = Build.UNKNOWN, ""
    entries = sorted({name for image in found for name in image.exports if name.startswith(_ENTRIES)})
    return {
        "build": build,
        "build_seen": seen,
        "binding": kind,
        "entries": tuple(entries[:_MOST_ENTRIES]),
        "declaration": _together(found, said),
    }


def _together(found: list[Image], said: list[Said]) -> Declaration:
    """What holds of a universal file: the same for all, or what the worst of them says."""
    order = (Verdict.NOT_DECLARED, Verdict.GIL_USED, Verdict.UNKNOWN, Verdict.DECLARED)
    worst = min(range(len(said)), key=lambda at: order.index(said[at].verdict))
    same = all(one.verdict is said[worst].verdict for one in said)
    how = said[worst].how if same else f"{said[worst].how} (for {found[worst].architecture})"
    return Declaration(said[worst].verdict, how)


if __name__ == "__main__":
    main()
