"""The wheels that are checked: pinned by file name, downloaded once into a cache outside the repository."""

from __future__ import annotations

import os
import tempfile
from functools import cache
from pathlib import Path

from packaging.utils import parse_wheel_filename

from ungil import index
from ungil.errors import PackageIndexError

__all__ = ["CACHE", "listed", "wheel"]

CACHE = Path(os.environ.get("UNGIL_BENCH_WHEELS") or Path.home() / ".cache" / "ungil" / "bench-wheels")


def listed() -> list[str]:
    """The file names, sorted."""
    return Path(__file__).with_name("wheels.txt").read_text(encoding="utf-8").split()


@cache
def _release(name: str, version: str) -> dict[str, index.IndexFile]:
    """The files of a release, asked for once."""
    return {file.filename: file for file in index.wheels(name, version)}


def wheel(filename: str) -> Path:
    """The wheel's file, from the cache or from the index that pip is set up to use.

    Raises:
        PackageIndexError: the index cannot be reached, or has no such file.
    """
    kept = CACHE / filename
    if not kept.exists():
        name, version, _, _ = parse_wheel_filename(filename)
        file = _release(name, str(version)).get(filename)
        if file is None:
            raise PackageIndexError(f"The index has no {filename}.", "Take it out of benchmarks/wheels/wheels.txt.")
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=CACHE, delete=False) as partial:
            partial.write(index.download(file))
        os.replace(partial.name, kept)  # noqa: PTH105 - a name, not a path
    return kept
