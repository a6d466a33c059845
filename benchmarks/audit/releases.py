"""The sources that are measured: pinned releases, downloaded once into a cache outside the repository."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from ungil import index, source
from ungil.source import Project, Source

__all__ = ["CACHE", "archive", "read", "unpack", "unpack_together", "write"]

CACHE = Path(os.environ.get("UNGIL_BENCH_CACHE") or Path.home() / ".cache" / "ungil" / "bench-audit")


def archive(release: str) -> Path:
    """The source distribution of ``name==version``, from the cache or from the index that pip is set up to use."""
    name, _, version = release.partition("==")
    for suffix in (".tar.gz", ".zip"):
        kept = CACHE / f"{name}-{version}{suffix}"
        if kept.exists():
            return kept
    file = index.source_distribution(name, version)
    kept = CACHE / f"{name}-{version}{'.zip' if file.filename.endswith('.zip') else '.tar.gz'}"
    _write(kept, index.download(file))
    return kept


def read(releases: Sequence[str], *, generated: bool) -> list[Project]:
    """Each release as ``ungil audit`` reads it."""
    return [source.read(str(archive(release)), source.Wanted(generated=generated)) for release in releases]


def unpack(release: str, *, generated: bool) -> Path:
    """A folder with the C and C++ of a release, which other tools can read as well."""
    folder = CACHE / f"{release.replace('==', '-')}{'-generated' if generated else ''}"
    if not (folder / ".complete").exists():
        write(folder, source.read(str(archive(release)), source.Wanted(generated=generated)).sources)
        _write(folder / ".complete", b"")
    return folder


def unpack_together(name: str, wanted: Sequence[str]) -> Path:
    """One folder with the C and C++ of several releases, generated files left out."""
    folder = CACHE / f"{name}-{hashlib.sha256(' '.join(wanted).encode()).hexdigest()[:12]}"
    if not (folder / ".complete").exists():
        for release in wanted:
            write(folder / release.replace("==", "-"), source.read(str(archive(release))).sources)
        _write(folder / ".complete", b"")
    return folder


def write(folder: Path, sources: Iterable[Source]) -> None:
    """Each source under a folder; an archive may name a place outside, which is passed over."""
    for one in sources:
        if folder.resolve() in (folder / one.path).resolve().parents:
            _write(folder / one.path, one.data)


def _write(path: Path, data: bytes) -> None:
    """The file appears whole: an interrupted download leaves nothing that looks like one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as partial:
        partial.write(data)
    os.replace(partial.name, path)  # noqa: PTH105 - a name, not a path
