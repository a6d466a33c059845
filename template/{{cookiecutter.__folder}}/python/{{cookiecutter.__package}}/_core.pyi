"""The extension module. Any thread may call anything at any time; each call on an object happens as a whole."""

from collections.abc import Iterable
from typing import final

class EmptyError(ValueError):
    """There are no samples."""

@final
class Samples:
    """Numbers that any thread may record."""

    def __init__(self) -> None: ...
    def add(self, value: float, /) -> None:
        """Add a value; ValueError if it is NaN."""

    def extend(self, values: Iterable[float], /) -> None:
        """Add all values of an iterable, or none if there is an error."""

    def take(self, other: Samples, /) -> int:
        """Move all values of another object into this one, and return how many."""

    def ordered(self) -> tuple[float, ...]:
        """The values in ascending order; the same tuple until they change."""

    def bootstrap(self, rounds: int, /, seed: int = 0) -> float:
        """The standard error of the mean, from so many resamples; EmptyError if there are no values.

        Other threads may use the object meanwhile: the work is done on a copy.
        """

    def __len__(self) -> int: ...

def recorded() -> int:
    """How many values all samples took in."""
