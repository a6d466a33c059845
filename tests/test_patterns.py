"""Paths by pattern."""

import pytest

from ungil.patterns import matcher


@pytest.mark.parametrize(
    ("pattern", "meant", "not_meant"),
    [
        ("a.c", ["a.c", "x/a.c"], ["ba.c", "a.cc", "a_c"]),
        ("tests", ["tests/a.c", "x/tests/y/a.c"], ["mytests/a.c", "tests.c"]),
        ("tests/", ["tests/a.c", "x/tests/a.c"], ["mytests/a.c"]),
        ("/tests", ["tests/a.c"], ["x/tests/a.c"]),
        ("src/*.c", ["src/a.c"], ["src/x/a.c", "y/src/a.c", "src/a.h"]),
        ("src/**/*.c", ["src/a.c", "src/x/y/a.c"], ["a.c"]),
        ("./src/x", ["src/x/a.c", "src/x"], ["src/xy"]),
        ("src/**", ["src/a.c", "src/x/a.c"], ["lib/a.c"]),
        ("?.[ch]", ["a.c", "x/b.h"], ["ab.c", "a.x"]),
        ("[!a].c", ["b.c"], ["a.c"]),
        ("a+b(c).c", ["a+b(c).c"], ["aab(c).c"]),
        ("[", ["["], ["x"]),
    ],
)
def test_a_pattern_means_what_is_documented(pattern: str, meant: list[str], not_meant: list[str]) -> None:
    """Names, folders, stars and sets, at the top or anywhere."""
    matches = matcher([pattern])
    assert [path for path in meant if not matches(path)] == []
    assert [path for path in not_meant if matches(path)] == []


def test_one_of_several_patterns_is_enough_and_none_means_nothing() -> None:
    """Patterns add up."""
    assert matcher(["a.c", "b.c"])("b.c")
    assert not matcher([])("a.c")
