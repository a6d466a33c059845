"""What the reports of the evidence are made of: timelines, matrices, curves, patches, words."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.report.evidence.extreme import extreme
from tests.report.evidence.samples import empty
from tests.report.evidence.typical import typical

from ungil.port.evidence import Driven, Lane, Moment, Origin, Pair, Point, Scaled, Scenario, Stage
from ungil.report.evidence import words
from ungil.report.evidence.chart import BOTTOM, TOP, chart
from ungil.report.evidence.matrix import MOST, matrix, short
from ungil.report.evidence.patch import hunks
from ungil.report.evidence.shown import shown
from ungil.report.evidence.timeline import sentences, timeline

STOP = Origin("shelf.c:41", "shelf.c", 41)
A = Lane("A", ("get()",), (Moment(0, "get() runs to", STOP), Moment(7, "goes on to its end")))
B = Lane("B", ("set()",), (Moment(3, "set() runs to its end"),))
MET = Scenario(title="get beside set", lanes=(A, B), got="1")


def test_a_lane_says_what_its_thread_does_at_each_time() -> None:
    """It has not begun, runs, is stopped, or has ended; times without anything are left out."""
    states = [[beat.state for beat in row.beats] for row in timeline(MET)]
    assert states == [["runs", "waits"], ["held", "runs"], ["runs", "over"]]
    assert timeline(MET)[0].beats[0].stop == STOP


def test_moments_of_one_time_stand_side_by_side() -> None:
    """Threads that set off together share a row."""
    together = replace(MET, lanes=(replace(A, moments=A.moments[:1]), replace(B, moments=(Moment(0, "runs"),))))
    assert [[beat.state for beat in row.beats] for row in timeline(together)] == [["runs", "runs"]]


def test_a_scenario_in_words() -> None:
    """One sentence for each moment, numbered by time."""
    assert list(sentences(MET)) == [
        "1. A: get() runs to shelf.c:41, and is stopped",
        "2. B: set() runs to its end",
        "3. A: goes on to its end",
    ]


def test_a_scenario_without_moments_has_no_rows() -> None:
    """Nothing is drawn of a thread that did nothing."""
    assert timeline(replace(MET, lanes=(Lane("A", (), ()),))) == []


def driven(*pairs: Pair, operations: tuple[str, ...] = ("get", "set")) -> Driven:
    """What was done to some operations."""
    return Driven(model="Box", source="model", operations=operations, pairs=pairs, executions=1)


def test_a_matrix_tells_what_never_ran_from_what_may_not() -> None:
    """A pair that is listed without runs never ran; one that is not listed was not to run."""
    drawn = matrix(driven(Pair("get", "set", 1200, 7), Pair("set", "set", 0, 0), Pair("set", "get", 3, 3, found=True)))
    assert [[cell.state for cell in cells] for _, cells in drawn.rows] == [["absent", "ran"], ["found", "never"]]
    assert (drawn.rows[0][1][1].runs, drawn.rows[0][1][1].stops, drawn.rows[0][1][1].shade) == ("1.2k", "7", 4)
    assert [pair.first for pair in drawn.never] == ["set"]


def test_more_operations_than_can_be_read_make_no_table() -> None:
    """What was found is listed all the same."""
    names = tuple(f"op{n}" for n in range(MOST + 1))
    drawn = matrix(driven(Pair("op1", "op2", 1, 1, found=True), operations=names))
    assert drawn.rows == ()
    assert len(drawn.found) == 1


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (7, "7"), (950, "950"), (999.9, "1k"), (1_249, "1.2k"), (47_900, "48k"), (3.14e6, "3.1M"), (5e9, "5G")],
)
def test_numbers_in_a_cell_are_short(number: float, text: str) -> None:
    """Two digits, at least those before the point, and a letter."""
    assert short(number) == text


def scaled(*medians: float) -> Scaled:
    """A curve, with the same of the other build at half the height."""
    points = tuple(Point(n, median, median * 0.9, median * 1.1) for n, median in enumerate(medians, 1))
    half = tuple(Point(one.threads, one.median / 2, one.least / 2, one.most / 2) for one in points)
    return Scaled(what="calls", free_threaded=points, gil_enabled=half, cores=2)


def test_a_curve_lies_inside_of_its_frame() -> None:
    """Points, whiskers, ticks and the ideal; labels do not lie on each other."""
    drawn = chart(scaled(100, 180))
    assert drawn is not None
    heights = [y for one in drawn.series for mark in one.marks for y in (mark.y, mark.low, mark.high)]
    heights += [y for y, _ in drawn.up] + [drawn.ideal[1], drawn.ideal[3]]
    assert min(heights) >= TOP
    assert max(heights) <= BOTTOM
    assert [one.label for one in drawn.series] == ["1.80\N{NO-BREAK SPACE}\N{MULTIPLICATION SIGN} of one"] * 2
    assert abs(drawn.series[0].label_y - drawn.series[1].label_y) >= 28


@pytest.mark.parametrize("medians", [(), (1.0,), (0.0, 0.0)])
def test_what_is_no_curve_is_not_drawn(medians: tuple[float, ...]) -> None:
    """One point or none, or nothing done at all."""
    assert chart(scaled(*medians)) is None


PATCH = """\
--- a/one.c\t2026-05-04
+++ b/one.c
@@ -3,2 +3,3 @@ static int f(void)
 kept
--- a line that was a decrement
+++ a line that was an increment
+new
@@ -20 +21 @@
-old
+new
\\ No newline at end of file
--- a/two.c
+++ b/two.c
@@ -1,0 +1 @@
+first
"""


def test_a_patch_in_pieces() -> None:
    """Each with its file and its lines before the change, also where a line looks like a heading."""
    pieces = [(one.path, one.first, one.last, len(one.lines)) for one in hunks(PATCH)]
    assert pieces == [("one.c", 3, 4, 5), ("one.c", 20, 20, 4), ("two.c", 1, 1, 2)]
    assert [one.covers("one.c", 4) for one in hunks(PATCH)] == [True, False, False]


def test_what_is_no_patch_has_no_pieces() -> None:
    """A text that was cut, or is another one."""
    assert list(hunks("@@ nothing @@\n+x")) == []
    assert len(list(hunks("--- a/x\n+++ b/x\n@@ -1,9 +1,9 @@\n cut"))) == 1


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("a\tb\r\nc", "a\tb\nc"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("nul\x00, \ud800 and \u202e", "nul\ufffd, \ufffd and \ufffd"),
        ("日本語 שלום", "日本語 שלום"),
    ],
)
def test_what_may_be_shown(text: str, read: str) -> None:
    """Lines and tabs stay; colours go; what is not a character to show is replaced."""
    assert shown(text) == read


def test_the_headline_counts_modules_by_what_stands() -> None:
    """What is most pressing first; what is not known is open."""
    assert words.headline(typical()) == (
        "Of 3 extension modules: findings stand against 1; too little was tried to say of 1; of 1 much was tried and "
        "nothing found."
    )
    assert "too little was tried to say of 5" in words.headline(extreme())
    assert words.headline(replace(typical(), modules=typical().modules[:1])) == (
        "Of the one extension module: findings stand against it."
    )


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.04, "0.0 s"), (9.6, "9.6 s"), (61, "61 s"), (180, "3 min"), (200, "3 min 20 s")]
)
def test_durations(seconds: float, text: str) -> None:
    """In the largest unit that says something."""
    assert words.duration(seconds) == text


def test_a_share_is_rounded_down() -> None:
    """What is not all is not 100 %."""
    assert words.share(999, 1000) == "999 of 1,000 (99\N{NO-BREAK SPACE}%)"
    assert words.share(0, 0) == "none known"


def test_a_date_in_words() -> None:
    """With its offset; what is no date stays."""
    assert words.when("2026-05-04T14:03:22+02:00") == "4 May 2026, 14:03 (UTC+02:00)"
    assert words.when("yesterday") == "yesterday"


def test_stages_that_were_skipped_for_one_reason_are_said_once() -> None:
    """Those that follow each other; what was done or failed stands alone."""
    assert [len(group) for group in words.alike(empty().steps)] == [len(Stage)]
    assert [len(group) for group in words.alike(typical().steps)] == [1] * len(Stage)


def test_what_a_program_made_is_cut_in_the_middle() -> None:
    """How much was left out is said; what is only a little longer is left whole."""
    assert words.brief("x" * 199) == "x" * 199
    assert words.brief("a" * 300 + "b" * 300) == f"{'a' * 120} [... 440 characters ...] {'b' * 40}"
