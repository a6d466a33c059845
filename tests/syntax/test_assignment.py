"""A variable is written before it is read, or it may be read first."""

from __future__ import annotations

import pytest
from tests.syntax.reading import function

from ungil.syntax.assignment import is_written_first
from ungil.syntax.functions import WrittenFunction
from ungil.syntax.words import Range


def written_first(code: str, *, loops_run: bool = False) -> bool:
    """Of ``x``, where ``x =`` is what writes it."""
    read: WrittenFunction = function(code)

    def writes(use: int, some: Range) -> bool:
        assert some.first <= use < some.last
        return read.words[use + 1].text == "="

    return is_written_first(read.words, read.body.parts, "x", writes, loops_run=loops_run)


@pytest.mark.parametrize(
    "code",
    [
        "x = f(); g(x);",
        "if (a) x = 1; else x = 2; g(x);",
        "if (a) { return; } else { x = 2; } g(x);",
        "if (a) x = 1; else return; g(x);",
        "if ((x = f()) == 0) return; g(x);",
        "for (x = 0; x < 3; x++) g(x); h(x);",
        "while (a) { x = f(); g(x); }",
        "do { x = f(); } while (x);",
        "switch (a) { case 1: x = 1; g(x); break; default: x = 2; g(x); }",
        "x = 1; { g(x); { h(x); } }",
        "x = 1; goto done; done: g(y);",
        "f(y);",
        "s->x = 1; s.x = 2;",
    ],
)
def test_every_way_writes_it_first(code: str) -> None:
    """No use can see what the variable held before."""
    assert written_first(code)


@pytest.mark.parametrize(
    "code",
    [
        "g(x); x = 1;",
        "if (a) x = 1; g(x);",
        "if (a && (x = f())) return; g(x);",
        "a ? (x = 1) : 0;",
        "for (;;) { if (x) break; x = 1; }",
        "while (a) x = 1; g(x);",
        "while (g(x)) x = 1;",
        "do { if (a) break; x = f(); } while (x);",
        "switch (a) { case 1: x = 1; break; default: g(x); }",
        "switch (a) { case 1: x = 1; break; } g(x);",
        "x = 1; again: g(x);",
        "{ again: x = 1; } if (a) { later: ; } g(x);",
        "try { x = f(); } catch (...) { g(x); }",
        "try { x = f(); } catch (...) {} g(x);",
        "return x;",
    ],
)
def test_some_way_may_read_it_first(code: str) -> None:
    """Where that cannot be ruled out, it is said."""
    assert not written_first(code)


def test_a_loop_may_be_taken_to_run() -> None:
    """Who fills an array in a loop fills it, if it has elements."""
    assert not written_first("for (i = 0; i < n; i++) x = i; g(x);")
    assert written_first("for (i = 0; i < n; i++) x = i; g(x);", loops_run=True)
