"""Which operations ran beside which, as a table: rows are stopped, columns run meanwhile."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ungil.port.evidence import Driven, Pair

__all__ = ["MOST", "Cell", "Matrix", "matrix", "short"]

MOST = 80
"""Operations in a matrix: more are for a program to read."""

SHADES = 4


@dataclass(frozen=True, slots=True)
class Cell:
    """One pair.

    Attributes:
        state: ``absent``, not to run together; ``never``, it did not; ``ran``; ``found``, and there is a finding.
        runs, stops: as numbers to read.
        shade: from 0, no run, to 4, the most runs of the matrix; logarithmic.
    """

    state: str
    runs: str = ""
    stops: str = ""
    shade: int = 0

    @property
    def counted(self) -> bool:
        """Whether there are numbers: a process that died may have taken them along."""
        return self.runs not in {"", "0"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """The table.

    Attributes:
        operations: of rows and columns.
        rows: of cells; empty if there are too many operations for a table.
        found: the pairs with a finding, never: those that did not run.
        total: how many pairs may run.
    """

    operations: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]
    found: tuple[Pair, ...]
    never: tuple[Pair, ...]
    total: int


def matrix(driven: Driven) -> Matrix:
    """The matrix of one model."""
    pairs = {(pair.first, pair.second): pair for pair in driven.pairs}
    most = max((pair.runs for pair in driven.pairs), default=0)
    operations = driven.operations
    rows = tuple(
        (first, tuple(_cell(pairs.get((first, second)), most) for second in operations))
        for first in (operations if len(operations) <= MOST else ())
    )
    return Matrix(
        operations=operations,
        rows=rows,
        found=tuple(pair for pair in driven.pairs if pair.found),
        never=tuple(pair for pair in driven.pairs if not pair.runs and not pair.found),
        total=len(driven.pairs),
    )


def _cell(pair: Pair | None, most: int) -> Cell:
    if pair is None:
        return Cell("absent")
    if not pair.runs and not pair.found:
        return Cell("never")
    shade = math.ceil(SHADES * math.log1p(pair.runs) / math.log1p(most)) if most else 0
    return Cell("found" if pair.found else "ran", short(pair.runs), short(pair.stops), shade)


def short(number: float, digits: int = 2) -> str:
    """So many digits, at least those before the point, and a letter: ``7``, ``950``, ``1.2k``, ``48k``, ``3.1M``."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k"), (1, "")):
        if number >= size * 0.9995:
            scaled = number / size
            rounded = float(f"{scaled:.{digits}g}") if scaled < 10**digits else round(scaled)
            return f"{rounded:g}{letter}"
    return f"{number:.{digits}g}"
