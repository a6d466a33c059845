"""Numbers to reach, and what a run says to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Target"]


@dataclass(frozen=True)
class Target[Found]:
    """A number that a run must yield, at least or at most.

    Attributes:
        says: what the number is.
        bound: what it has to be.
        at_least: whether it may be more, and not less.
        value: the number, of what a run has found; None if the run did not measure it.
    """

    says: str
    bound: float
    at_least: bool
    value: Callable[[Found], float | None]

    def met(self, found: Found) -> bool:
        """Is it, in this run? What was not measured is not."""
        measured = self.value(found)
        if measured is None:
            return False
        return measured >= self.bound if self.at_least else measured <= self.bound
