"""The difference of two texts as a patch that people can read: lines that occur once in both hold it together.

``difflib`` alone takes a line that occurs often, a closing brace, for noise in a long file, and then shows it as
removed and added.
"""

from __future__ import annotations

import difflib
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

__all__ = ["diff"]

_AROUND = 3  # lines that are shown around a change

type _Code = tuple[str, int, int, int, int]  # as difflib has it: what, where in the old text, where in the new


def diff(changed: Mapping[str, tuple[bytes, bytes]]) -> Iterator[str]:
    """The lines of a unified diff that ``git apply`` and ``patch -p1`` take. What is not UTF-8 stays as it is."""
    for path, (old, new) in changed.items():
        yield f"--- a/{path}\n+++ b/{path}\n"
        before, after = _lines(old), _lines(new)
        for group in _groups(list(_codes(before, after))):
            yield from _hunk(group, before, after)


def _lines(data: bytes) -> list[str]:
    """With their ends; only a line feed ends one."""
    lines = [f"{line}\n" for line in data.decode("utf-8", "surrogateescape").split("\n")]
    last = lines.pop().removesuffix("\n")
    return [*lines, last] if last else lines


def _codes(old: Sequence[str], new: Sequence[str]) -> Iterator[_Code]:
    """What became of which lines, between the lines that occur once in both."""
    at, there = 0, 0
    for i, j in [*_anchors(old, new), (len(old), len(new))]:
        if old[at:i] == new[there:j]:
            yield "equal", at, i, there, j
        else:
            matcher = difflib.SequenceMatcher(None, old[at:i], new[there:j], autojunk=False)
            for what, i1, i2, j1, j2 in matcher.get_opcodes():
                yield what, at + i1, at + i2, there + j1, there + j2
        if i < len(old):
            yield "equal", i, i + 1, j, j + 1
        at, there = i + 1, j + 1


def _anchors(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """The longest sequence of lines that occur once in both texts, in the same order in both."""
    often, seldom = Counter(old), Counter(new)
    places = {line: index for index, line in enumerate(new) if seldom[line] == 1}
    pairs = [(i, places[line]) for i, line in enumerate(old) if often[line] == 1 and line in places]
    ends: list[int] = []  # of the best sequence of each length, the place in the new text of its last line
    best: list[int] = []
    before: list[int] = []
    for index, (_, j) in enumerate(pairs):
        length = bisect_left(ends, j)
        before.append(best[length - 1] if length else -1)
        ends[length : length + 1] = [j]
        best[length : length + 1] = [index]
    chosen, index = [], best[-1] if best else -1
    while index >= 0:
        chosen.append(pairs[index])
        index = before[index]
    return chosen[::-1]


def _groups(codes: Sequence[_Code]) -> Iterator[list[_Code]]:
    """The changes with the lines around them; those that lie near each other together."""
    group: list[_Code] = []
    for what, i1, i2, j1, j2 in _merged(codes):
        if what != "equal":
            group.append((what, i1, i2, j1, j2))
        elif not group:
            first = max(i1, i2 - _AROUND)
            group = [("equal", first, i2, j2 - (i2 - first), j2)]
        elif i2 - i1 > 2 * _AROUND:
            yield [*group, ("equal", i1, i1 + _AROUND, j1, j1 + _AROUND)]
            group = [("equal", i2 - _AROUND, i2, j2 - _AROUND, j2)]
        else:
            group.append(("equal", i1, i2, j1, j2))
    if any(code[0] != "equal" for code in group):
        if group[-1][0] == "equal":
            what, i1, i2, j1, j2 = group.pop()
            group.append((what, i1, min(i2, i1 + _AROUND), j1, min(j2, j1 + _AROUND)))
        yield group


def _merged(codes: Sequence[_Code]) -> Iterator[_Code]:
    """Runs of equal lines as one, and nothing of no length."""
    last: _Code | None = None
    for code in codes:
        if code[1] == code[2] and code[3] == code[4]:
            continue
        if last is not None and last[0] == code[0] == "equal":
            last = ("equal", last[1], code[2], last[3], code[4])
            continue
        if last is not None:
            yield last
        last = code
    if last is not None:
        yield last


def _hunk(group: Sequence[_Code], old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    first, last = group[0], group[-1]
    yield f"@@ -{_range(first[1], last[2])} +{_range(first[3], last[4])} @@\n"
    for what, i1, i2, j1, j2 in group:
        removed, added = ((), ()) if what == "equal" else (old[i1:i2], new[j1:j2])
        kept = old[i1:i2] if what == "equal" else ()
        for sign, lines in ((" ", kept), ("-", removed), ("+", added)):
            for line in lines:
                yield sign + line if line.endswith("\n") else f"{sign}{line}\n\\ No newline at end of file\n"


def _range(start: int, stop: int) -> str:
    """Lines as a hunk's heading names them: from 1, and of none the one before."""
    length = stop - start
    return f"{start + (length > 0)},{length}"
