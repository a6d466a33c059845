"""A finding with its lines of source."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.port.roads import finding, project

from ungil.finding import Location
from ungil.port.evidence import Excerpt, Stage
from ungil.port.showing import LONGEST, excerpt, print_of, shown


def test_the_lines_around_a_finding_are_shown(tmp_path: Path) -> None:
    """With their numbers, and those that it is about marked."""
    folder = project(tmp_path / "spam")
    found = shown(finding(line=1), Stage.AUDIT, folder)
    assert found.excerpt == Excerpt(1, tuple((folder / "spam.c").read_text().splitlines()[:4]), (1,))


def test_a_long_finding_is_cut(tmp_path: Path) -> None:
    """What goes on for a whole file is shown by its beginning."""
    (tmp_path / "long.c").write_text("x\n" * 100)
    found = excerpt(tmp_path, Location("long.c", 50, 1, 99, 1))
    assert found is not None
    assert (found.first, len(found.lines), found.marked) == (47, LONGEST + 7, tuple(range(50, 50 + LONGEST + 1)))


@pytest.mark.parametrize("path", ["nowhere.c", "../outside.c", "binary.so", "spam.c"])
def test_what_has_no_lines_shows_none(tmp_path: Path, path: str) -> None:
    """A file that is not there, that lies outside, that is compiled; a line that it does not have."""
    folder = project(tmp_path / "spam")
    (tmp_path / "outside.c").write_text("secret\n")
    (folder / "binary.so").write_bytes(b"\x7fELF\0\0")
    line = 10_000 if path == "spam.c" else 1
    assert excerpt(folder, Location(path, line, 1, line, 1)) is None


def test_a_fingerprint_stays_when_lines_move() -> None:
    """Of the rule, the file, what happens and the line's text; not of its number."""
    first, moved = finding(line=5), finding(line=50)
    assert print_of(first, Excerpt(5, ("  a  b",), (5,))) == print_of(moved, Excerpt(49, ("x", "a b"), (50,)))
    assert print_of(first, Excerpt(5, ("a b",), (5,))) != print_of(first, Excerpt(5, ("a c",), (5,)))
    assert print_of(first) == print_of(moved)
