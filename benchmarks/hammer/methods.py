"""The methods that are measured, in the order of the table's columns."""

from __future__ import annotations

from importlib.metadata import version

from benchmarks.hammer.barrier import Barrier
from benchmarks.hammer.hammer import HAMMER, Hammer
from benchmarks.hammer.method import Method
from benchmarks.hammer.parallel import Parallel

__all__ = ["HAMMER", "METHODS", "versions"]

METHODS: tuple[Method, ...] = (Hammer(), Barrier(), Barrier(allocators=True), Parallel())


def versions() -> dict[str, str]:
    """Of what the methods and the mutants are made with."""
    return {name: version(name) for name in ("pytest", "pytest-run-parallel", "nanobind", "pybind11", "Cython")}
