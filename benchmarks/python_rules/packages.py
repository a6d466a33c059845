"""The packages that are read: downloaded once into a cache outside the repository, and unpacked there."""

from __future__ import annotations

import io
import os
import shutil
import threading
import tomllib
import zipfile
from pathlib import Path

from ungil import index
from ungil.errors import PackageIndexError

__all__ = ["GROUPS", "STANDARD", "folder", "standard_library"]

CACHE = Path(os.environ.get("UNGIL_BENCH_PYTHON") or Path.home() / ".cache" / "ungil" / "bench-python")
STANDARD = "standard library"
GROUPS: dict[str, list[str]] = tomllib.loads(Path(__file__).with_name("releases.toml").read_text(encoding="utf-8"))
_PARTS = [
    *("concurrent", "logging", "multiprocessing", "asyncio", "http", "xmlrpc", "urllib"),
    *("queue.py", "threading.py", "socketserver.py", "sched.py", "weakref.py", "functools.py", "_pyio.py"),
    *("tempfile.py", "subprocess.py", "selectors.py", "shelve.py", "mailbox.py"),
]


def folder(release: str) -> Path:
    """Where a release lies unpacked.

    Raises:
        PackageIndexError: the index cannot be reached, or has no wheel of it.
    """
    place = CACHE / release.replace("==", "-")
    if not place.exists():
        name, _, version = release.partition("==")
        wheels = sorted(index.wheels(name, version), key=lambda one: ("none-any" not in one.filename, one.filename))
        if not wheels:
            raise PackageIndexError(f"The index has no wheel of {release}.", "Take it out of releases.toml.")
        partial = CACHE / f"{place.name}.partial"
        with zipfile.ZipFile(io.BytesIO(index.download(wheels[0]))) as archive:
            archive.extractall(partial)
        partial.rename(place)
    return place


def standard_library() -> Path:
    """The parts of the interpreter's own library that are about threads, copied so that they can be read alone."""
    here = Path(threading.__file__).parent
    place = CACHE / "standard-library"
    for part in _PARTS:
        if (here / part).is_dir():
            shutil.copytree(here / part, place / part, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            place.mkdir(parents=True, exist_ok=True)
            shutil.copy(here / part, place / part)
    return place
