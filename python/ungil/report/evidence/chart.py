"""Throughput by threads as a drawing: where its points, whiskers, ticks and labels lie."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ungil.port.evidence import Point, Scaled
from ungil.report.evidence.matrix import short

__all__ = ["HEIGHT", "WIDTH", "Chart", "Mark", "Series", "chart", "ratio", "times"]

WIDTH, HEIGHT = 330, 258
LEFT, RIGHT, TOP, BOTTOM = 44, 220, 26, 220
APART = 14  # between the baselines of two labels


@dataclass(frozen=True, slots=True)
class Mark:
    """A point, and the ends of its whisker."""

    x: float
    y: float
    low: float
    high: float


@dataclass(slots=True)
class Series:
    """One build: its points, and what stands beside the last, at which height."""

    name: str
    marks: tuple[Mark, ...]
    label: str
    label_y: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """All that is drawn, in units of the view box.

    Attributes:
        series: the builds that have points.
        ideal: from where to where the line goes of one thread's throughput times the threads.
        across: the threads at the foot: where, and how many; up: throughput at the side, likewise.
    """

    series: tuple[Series, ...]
    ideal: tuple[float, float, float, float]
    across: tuple[tuple[float, int], ...]
    up: tuple[tuple[float, str], ...]


def chart(scaled: Scaled) -> Chart | None:
    """The drawing; None where there is no curve to draw."""
    points = scaled.free_threaded
    if len(points) < 2 or min(point.median for point in points) <= 0:  # noqa: PLR2004 - a curve has two ends
        return None
    everything = (*points, *scaled.gil_enabled)
    threads = max(point.threads for point in everything)
    ideal = points[0].median / points[0].threads
    step = _step(max(ideal * threads, *(point.most for point in everything)))
    top = step * math.ceil(max(ideal * threads, *(point.most for point in everything)) / step)

    def x(count: int) -> float:
        return round(LEFT + 16 + (RIGHT - LEFT - 32) * (count - 1) / max(1, threads - 1), 1)

    def y(value: float) -> float:
        return round(BOTTOM - (BOTTOM - TOP) * value / top, 1)

    def series(name: str, of: tuple[Point, ...], aside: int) -> Series:
        marks = tuple(Mark(x(p.threads) + aside, y(p.median), y(p.least), y(p.most)) for p in of)
        return Series(name, marks, f"{ratio(of, of[-1])} of one", marks[-1].y)

    named = (("free-threaded", points, -3), ("GIL-enabled", scaled.gil_enabled, 3))
    return Chart(
        series=_apart(tuple(series(name, of, aside) for name, of, aside in named if of), y(ideal * threads)),
        ideal=(x(1), y(ideal), x(threads), y(ideal * threads)),
        across=tuple((x(count), count) for count in sorted({point.threads for point in everything})),
        up=tuple((y(step * n), short(step * n)) for n in range(round(top / step) + 1)),
    )


def ratio(points: tuple[Point, ...], point: Point) -> str:
    """How much it is of the first: ``1.84`` and a sign; a dash where that was nothing."""
    return times(point.median / points[0].median) if points[0].median > 0 else "\N{EN DASH}"


def times(ratio: float) -> str:
    """A ratio with its sign, to two places."""
    return f"{ratio:.2f}\N{NO-BREAK SPACE}\N{MULTIPLICATION SIGN}"


def _step(most: float) -> float:
    """Between two ticks: 1, 2 or 5 times a power of ten, so that there are three to six of them."""
    size = 10.0 ** math.floor(math.log10(most / 5))
    return next(size * times for times in (1, 2, 5, 10) if size * times * 6 >= most)


def _apart(series: tuple[Series, ...], ideal: float) -> tuple[Series, ...]:
    """The same with labels that do not lie on each other, nor on that of the ideal."""
    above = ideal
    for one in sorted(series, key=lambda one: one.label_y):
        one.label_y = max(one.label_y, above + 2 * APART)
        above = one.label_y
    return series
