"""The sdists that are read: pinned by file name, downloaded once into a cache outside the repository."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from packaging.utils import parse_sdist_filename

from ungil import index

__all__ = ["CACHE", "listed", "sdist"]

CACHE = Path(os.environ.get("UNGIL_BENCH_CI") or Path.home() / ".cache" / "ungil" / "bench-ci")


def listed() -> list[str]:
    """The file names, sorted."""
    return Path(__file__).with_name("sdists.txt").read_text(encoding="utf-8").split()


def sdist(filename: str) -> Path:
    """The archive, from the cache or from the index that pip is set up to use.

    Raises:
        PackageIndexError: the index cannot be reached, or has no such release.
    """
    kept = CACHE / filename
    if not kept.exists():
        name, version = parse_sdist_filename(filename)
        data = index.download(index.source_distribution(name, str(version)))
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=CACHE, delete=False) as partial:
            partial.write(data)
        os.replace(partial.name, kept)  # noqa: PTH105 - a name, not a path
    return kept
