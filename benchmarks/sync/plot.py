"""Results as a picture: for each contender a ring for one thread, a disc for two, and a line between them.

Drawn by hand, in colours that can be read on white and on black: a page shows the picture in either.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from xml.sax.saxutils import escape

from benchmarks.sync.results import CaseResult, Results

SHOWN = (
    ("increment", "shared"),
    ("increment in a shared place", "global"),
    ("count", "shared"),
    ("compare and set None", "shared"),
    ("look up", "shared"),
    ("look up 50 %, assign 50 %", "shared"),
    ("cache hit", "shared"),
    ("put and get", "shared"),
    ("one puts, one gets", "shared"),
    ("what was made once", "shared"),
    ("push a value", "shared"),
)
WIDTH, LEFT, RIGHT, ROW, HEADING = 820, 290, 40, 17, 30
INK, FAINT, OURS, THEIRS = "#768390", "#76839055", "#2f81f7", "#a0763a"
FONT = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif"
STYLE = f'font-family="{FONT}" font-size="12" fill="{INK}" role="img"'


def render(results: Results) -> str:
    """An SVG."""
    groups = [(head, _group(results["cases"], *head)) for head in SHOWN]
    groups = [(head, group) for head, group in groups if group]
    scale = _Scale([measure["median"] for _, group in groups for one in group for measure in one["threads"].values()])
    top = 64
    height = top + sum(HEADING + ROW * len(group) for _, group in groups) + 16
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" {STYLE}>',
        "<title>Nanoseconds per operation, on one thread and on two</title>",
        *_legend(),
        *scale.grid(top - 10, height - 16),
    ]
    for (operation, sharing), group in groups:
        parts.append(f'<text x="8" y="{top + 18}" font-weight="600">{escape(operation)} ({sharing})</text>')
        top += HEADING
        for case in group:
            parts.extend(_row(case, top, scale))
            top += ROW
    return "\n".join([*parts, "</svg>"]) + "\n"


def _group(cases: list[CaseResult], operation: str, sharing: str) -> list[CaseResult]:
    return [one for one in cases if (one["operation"], one["sharing"]) == (operation, sharing)]


class _Scale:
    """Logarithmic: a ratio is a distance, wherever it is."""

    def __init__(self, values: list[float]) -> None:
        self._low = math.log10(max(1.0, min(values)) / 1.3)
        self._high = math.log10(max(values) * 1.3)

    def x(self, nanoseconds: float) -> float:
        part = (math.log10(max(1.0, nanoseconds)) - self._low) / (self._high - self._low)
        return round(LEFT + max(0.0, part) * (WIDTH - LEFT - RIGHT), 1)

    def grid(self, top: int, bottom: int) -> Iterator[str]:
        for exponent in range(math.floor(self._low), math.ceil(self._high) + 1):
            for digit in (1, 2, 5):
                value = digit * 10**exponent
                if self._low <= math.log10(value) <= self._high:
                    yield (
                        f'<path d="M{self.x(value)} {top}V{bottom}" stroke="{FAINT}"/>'
                        f'<text x="{self.x(value)}" y="{top - 5}" text-anchor="middle" font-size="11">{value:g}</text>'
                    )


def _legend() -> Iterator[str]:
    yield '<text x="8" y="18" font-size="14" font-weight="600">Nanoseconds per operation</text>'
    yield '<text x="8" y="37">of each thread, logarithmic; further left is faster</text>'
    for x, colour, text in ((LEFT + 20, OURS, "ungil"), (LEFT + 90, THEIRS, "others")):
        yield f'<circle cx="{x}" cy="14" r="4.5" fill="{colour}"/><text x="{x + 9}" y="18">{text}</text>'
    yield from _mark(LEFT + 175, 14, INK, filled=False)
    yield f'<text x="{LEFT + 184}" y="18">one thread</text>'
    yield from _mark(LEFT + 275, 14, INK, filled=True)
    yield f'<text x="{LEFT + 284}" y="18">two threads at once, with its number</text>'


def _row(case: CaseResult, top: int, scale: _Scale) -> Iterator[str]:
    ours = case["contender"].startswith("ungil")
    colour, weight = (OURS, ' font-weight="600"') if ours else (THEIRS, "")
    middle = top + ROW // 2
    name = escape(case["contender"])
    yield f'<text x="{LEFT - 12}" y="{middle + 4}" text-anchor="end"{weight}>{name}</text>'
    points = {threads: scale.x(measure["median"]) for threads, measure in case["threads"].items()}
    if len(points) > 1:
        line = f'stroke="{colour}" stroke-width="2" stroke-opacity=".6"'
        yield f'<path d="M{points["1"]} {middle}H{points["2"]}" {line}/>'
        yield from _mark(points["1"], middle, colour, filled=False)
    yield from _mark(points["2"], middle, colour, filled=True)
    right = max(points.values())
    text = f"{case['threads']['2']['median']:.0f}"
    yield f'<text x="{right + 9}" y="{middle + 4}" font-size="11">{text}</text>'


def _mark(x: float, y: int, colour: str, *, filled: bool) -> Iterator[str]:
    """A disc, or a ring through which what is behind can be seen."""
    if filled:
        yield f'<circle cx="{x}" cy="{y}" r="4.5" fill="{colour}"/>'
    else:
        yield f'<circle cx="{x}" cy="{y}" r="4" fill="none" stroke="{colour}" stroke-width="1.8"/>'
