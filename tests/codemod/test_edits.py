"""Edits: applied from the last to the first, and told apart where they touch."""

from __future__ import annotations

import pytest

from ungil.codemod.edits import Ground, apply, was_at
from ungil.fixer import Edit


def edit(start: int, end: int, text: str, path: str = "x.c") -> Edit:
    """One edit."""
    return Edit(path, start, end, text)


def test_edits_are_applied_whatever_their_order() -> None:
    """Places are those of the text before any edit."""
    edits = [edit(0, 3, "longer"), edit(8, 8, "!"), edit(4, 7, "")]
    assert apply(b"one two three", edits) == b"longer  !three"
    assert apply(b"one two three", edits[::-1]) == b"longer  !three"


def test_bytes_that_are_no_text_pass_through() -> None:
    """What is not UTF-8, and what is, comes out as it went in."""
    data = "/* ü */ x; ".encode() + b"\xff\xfe"
    assert apply(data, [edit(9, 10, "y")]) == "/* ü */ y; ".encode() + b"\xff\xfe"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"a\nb\n", b"a\nx\ny\nb\n"),
        (b"a\r\nb\r\n", b"a\r\nx\r\ny\r\nb\r\n"),
        (b"a\r\nb\r\nc\n", b"a\r\nx\r\ny\r\nb\r\nc\n"),
    ],
)
def test_new_lines_end_as_most_lines_do(data: bytes, expected: bytes) -> None:
    """The line ends of the text decide, not those of the edit."""
    at = data.index(b"b")
    assert apply(data, [edit(at, at, "x\ny\n")]) == expected


def test_edits_that_overlap_are_refused() -> None:
    """Two that change the same bytes are a mistake of who made them."""
    with pytest.raises(ValueError, match="overlap"):
        apply(b"one two", [edit(0, 4, ""), edit(3, 7, "")])


@pytest.mark.parametrize(
    ("other", "free"),
    [
        (edit(0, 1, ""), True),
        (edit(0, 2, ""), False),
        (edit(2, 2, "before"), False),
        (edit(5, 5, "behind"), False),
        (edit(6, 7, ""), True),
        (edit(3, 4, "", "y.c"), True),
    ],
)
def test_what_touches_waits(other: Edit, free: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """An edit that meets another, if only at its edge, is not free; one in another file is."""
    ground = Ground(lambda _: [])
    ground.take([edit(2, 5, "taken")])
    assert ground.is_free([other]) is free


@pytest.mark.parametrize(
    ("other", "free"),
    [(edit(5, 5, "between"), False), (edit(9, 9, "behind"), True), (edit(12, 13, ""), False), (edit(20, 21, ""), True)],
)
def test_a_repair_reaches_from_its_first_edit_in_a_function_to_its_last(other: Edit, free: bool) -> None:  # noqa: FBT001
    """What lies between belongs to it, and what lies in another function does not."""
    ground = Ground(lambda _: [10, 19])
    ground.take([edit(2, 3, ""), edit(7, 8, ""), edit(11, 11, "")])
    ground.take([edit(14, 15, ""), edit(12, 12, "")])
    assert ground.is_free([other]) is free


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_line_is_traced_to_where_it_was(newline: str) -> None:
    """Lines that stay are found where they began; those that an edit wrote, where the edit begins."""
    old = newline.join(f"line {number};" for number in range(9)).encode()
    edits = [
        edit(old.index(b"line 5"), old.index(b"line 7"), "new\n"),
        edit(old.index(b"line 2"), old.index(b"line 2"), "two\nmore\n"),
        edit(old.index(b" 3"), old.index(b";", old.index(b" 3")), " III"),
    ]
    new = apply(old, edits).split(newline.encode())
    assert new[2:4] == [b"two", b"more"]
    for number, line in enumerate(new, 1):
        place = was_at(number, old, edits)
        expected = {b"two": b"line 2", b"more": b"line 2", b"new": b"line 5", b"line III;": b"line 3"}.get(line, line)
        assert old[place:].startswith(expected)
