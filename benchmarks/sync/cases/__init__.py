"""The cases: one file per primitive."""

from __future__ import annotations

from benchmarks.sync.case import Case
from benchmarks.sync.cases import (
    atomic_flag,
    atomic_integer,
    atomic_reference,
    bounded_queue,
    concurrent_cache,
    concurrent_dict,
    once,
    reach,
    running_statistics,
    sharded_counter,
)

SUBJECTS = (
    atomic_integer,
    atomic_reference,
    atomic_flag,
    sharded_counter,
    reach,
    concurrent_dict,
    concurrent_cache,
    bounded_queue,
    once,
    running_statistics,
)


def catalogue() -> list[Case]:
    """Every case, in the order in which they are shown."""
    return [case for subject in SUBJECTS for case in subject.cases()]
