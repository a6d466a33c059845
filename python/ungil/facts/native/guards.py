"""Guards of C++: objects that hold a lock, or an attached thread state, for as long as they live."""

from __future__ import annotations

from collections.abc import Iterator

from ungil import _scan
from ungil.facts.model import Facts, Function, Span

__all__ = ["unnamed_guards"]


def unnamed_guards(facts: Facts) -> Iterator[tuple[Function, str, Span]]:
    """The guards that nothing names, file by file in source order: the function, the class, and where that stands."""
    for file in facts.files:
        yield from _scan.unnamed_guards(file)
