"""Analyses kept from one run to the next: an unchanged tree is not read twice.

An analysis is found again by a digest of every source's path, language and bytes and of ungil itself, so that nothing
can be stale: a changed source, or another version, is another digest. Options do not matter, since an analysis is
everything that every rule found. What cannot be read or written here never stops an audit: the work is done anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import zlib
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import ungil
from ungil.audit.analysis import Analysis, from_json, to_json
from ungil.errors import OutputError
from ungil.files import cache_folder, write_whole
from ungil.source import Project

__all__ = ["Cache", "default_folder", "itself"]

VERSION = 1
_LARGEST = 64 << 20  # bytes, all entries together
_SUFFIX = ".analysis"
_OURS = (".py", ".toml", ".so", ".pyd", ".dylib")


def default_folder() -> Path | None:
    """The user's folder for kept analyses, or None where there is none."""
    return cache_folder("audit")


class Cache:
    """A folder of analyses. Several processes and threads may use one folder at once."""

    def __init__(self, folder: Path, *, most_entries: int = 100) -> None:
        self._folder = folder
        self._most_entries = most_entries
        self._last: tuple[Project, Path] | None = None

    def load(self, project: Project) -> Analysis | None:
        """The analysis of a project with exactly these sources by exactly this ungil, if there is one."""
        path = self._path(project)
        try:
            analysis = from_json(json.loads(zlib.decompress(path.read_bytes())))
        except (OSError, zlib.error, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None
        with suppress(OSError):
            os.utime(path)  # the entries that were not used for longest go first
        return analysis

    def store(self, project: Project, analysis: Analysis) -> None:
        """Keeps an analysis, and lets go of those that were not used for longest."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            plain = json.dumps(to_json(analysis), ensure_ascii=False, separators=(",", ":"))
            write_whole(self._path(project), zlib.compress(plain.encode("utf-8", "surrogatepass"), 1))
            self._tidy()
        except (OSError, OutputError, UnicodeError):
            return

    def _path(self, project: Project) -> Path:
        if self._last is None or self._last[0] is not project:
            self._last = (project, self._folder / f"{_digest(project)}{_SUFFIX}")
        return self._last[1]

    def _tidy(self) -> None:
        entries = []
        for path in self._folder.glob(f"*{_SUFFIX}"):
            with suppress(OSError):  # another process tidies too
                entries.append((path.stat(), path))
        entries.sort(key=lambda entry: entry[0].st_mtime_ns, reverse=True)
        kept = total = 0
        for status, path in entries:
            if kept and (kept >= self._most_entries or total + status.st_size > _LARGEST):
                with suppress(OSError):
                    path.unlink()
            else:
                kept, total = kept + 1, total + status.st_size


def _digest(project: Project) -> str:
    digest = hashlib.blake2b(itself(), digest_size=20)
    for source in (*project.sources, *project.build_files, *project.tests):
        digest.update(f"{source.path}\0{source.language.name}\0{len(source.data)}\0".encode("utf-8", "surrogatepass"))
        digest.update(source.data)
    return digest.hexdigest()


def itself() -> bytes:
    """What changes when ungil does: its version, and when and how large each of its files was written."""
    native = find_spec("ungil._scan")
    cython = find_spec("Cython")  # reads Cython sources where it is installed
    folders = sorted({str(Path(module).parent) for module in (ungil.__file__, native and native.origin) if module})
    files = []
    if cython is not None and cython.origin is not None:
        status = os.stat(cython.origin)  # noqa: PTH116 - the same
        files.append((cython.origin, status.st_size, status.st_mtime_ns))
    for folder in folders:
        for parent, _, names in os.walk(folder):
            paths = (os.path.join(parent, name) for name in names if name.endswith(_OURS))  # noqa: PTH118 - a hundred files, at each start
            files += [(path, status.st_size, status.st_mtime_ns) for path in paths for status in [os.stat(path)]]  # noqa: PTH116 - the same
    return repr((VERSION, ungil.__version__, sys.version_info[:2], sorted(files))).encode("utf-8", "surrogatepass")
