"""The project's own tests, serially and then in parallel threads."""

from __future__ import annotations

from ungil.port.fragment import Fragment
from ungil.port.order import SkippedError, Work

__all__ = ["run"]


def run(work: Work) -> Fragment:
    """Run them."""
    raise SkippedError("not yet", "")
