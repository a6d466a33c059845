"""What a method that looks for races is, to this benchmark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from tests.stress.mutants.mutant import Mutant

__all__ = ["Attempt", "Method"]


@dataclass(frozen=True)
class Attempt:
    """One run of a method on a mutant or twin.

    Attributes:
        how: what was found: ``wrong``, ``crash``, ``hang``; empty for nothing.
        seconds: from when all was imported to when it was found, or to the end.
        executions: how often the method did what it counts.
    """

    how: str
    seconds: float
    executions: int

    @property
    def detected(self) -> bool:
        """Something was found."""
        return bool(self.how)


class Method(Protocol):
    """A way to find races."""

    @property
    def name(self) -> str:
        """A column of the table."""
        ...

    @property
    def counts(self) -> str:
        """What an execution is."""
        ...

    @property
    def says(self) -> str:
        """What it does, as the rest of a sentence that begins with its name."""
        ...

    def run(self, mutant: Mutant, *, twin: bool, seed: int, cap: float) -> Attempt:
        """Look for a race for at most `cap` seconds, in a process of its own.

        Raises:
            BenchmarkError: it could not be run, which is not that it found nothing.
        """
        ...
