"""The C and C++ front-end: sources to facts. The reading is native (``ungil._scan``), on every core, detached."""

from __future__ import annotations

import os
from collections.abc import Iterable

from ungil import _scan
from ungil.facts.model import Facts
from ungil.facts.native.modules import find_modules
from ungil.facts.native.roles import shared_statics
from ungil.facts.native.statics import holds_object
from ungil.source import Language, Source

__all__ = ["read"]


def read(sources: Iterable[Source], *, threads: int | None = None) -> Facts:
    """Reads C and C++ sources as one project.

    Args:
        sources: the files; functions are resolved across them.
        threads: how many files are read at once; None takes one per core that this process may use.
    """
    batch = [(source.path, source.data, source.language is Language.CXX) for source in sources]
    project = _scan.scan(batch, threads or _cores())
    files = tuple(project.files)
    statics = project.mutable_statics
    return Facts(
        files,
        tuple(find_modules(files)),
        tuple(project.exposures),
        shared_statics(statics),
        tuple(project.object_statics),
        tuple(v for v in statics if v.is_thread_local and holds_object(v)),
        tuple(project.early_publications),
        tuple(_scan.member_uses(project)),
        tuple(_scan.singleton_uses(project)),
    )


def _cores() -> int:
    """How many cores this process may use, which a container or taskset may have made fewer."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
