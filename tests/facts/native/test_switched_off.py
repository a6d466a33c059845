"""Blocks that a macro of the file's own switches off."""

import pytest

from ungil.facts.native import read as c
from ungil.source import Language, Source


def calls(code: str) -> list[str]:
    """The names that the functions of a file call, in source order."""
    facts = c.read([Source("spam.c", code.encode(), Language.C)])
    return [call.name for function in facts.functions() for call in function.calls]


@pytest.mark.parametrize(
    ("condition", "made"),
    [
        ("USE_CACHE", ["after"]),
        ("USE_CACHE && n < 5", ["after"]),
        ("USE_CACHE && (n < 5 || n > 9)", ["inside", "after"]),  # what is in parentheses is not taken apart
        ("USE_CACHE || n < 5", ["inside", "after"]),
        ("!USE_CACHE", ["inside", "after"]),
        ("n < 5", ["inside", "after"]),
    ],
)
def test_a_block_under_a_macro_that_is_zero_runs_nothing(condition: str, made: list[str]) -> None:
    """It is empty where the macro decides alone that it is not run, and read where anything else may."""
    code = f"#define USE_CACHE 0\nint f(int n) {{ if ({condition}) {{ inside(n); }} after(n); return n; }}"
    assert calls(code) == made


def test_what_follows_an_empty_block_is_read() -> None:
    """The other branch is run, and the blocks in it."""
    code = "#define USE_CACHE 0\nint f(void) { if (USE_CACHE) { if (x) { a(); } } else { if (y) { b(); } } c(); }"
    assert calls(code) == ["b", "c"]


@pytest.mark.parametrize(
    ("definitions", "made"),
    [
        ("#ifdef Py_GIL_DISABLED\n#define USE_CACHE 0\n#else\n#define USE_CACHE 1\n#endif", []),
        ("#ifdef Py_GIL_DISABLED\n#define USE_CACHE 1\n#else\n#define USE_CACHE 0\n#endif", ["take"]),
        ("#ifdef _WIN32\n#define USE_CACHE 0\n#else\n#define USE_CACHE 1\n#endif", ["take"]),
        ("#define USE_CACHE (0)", ["take"]),
        ("#define USE_CACHE", ["take"]),
        ("static int USE_CACHE = 0;", ["take"]),
    ],
)
def test_the_macro_must_be_zero_wherever_the_free_threaded_build_sees_it(definitions: str, made: list[str]) -> None:
    """One definition that may be another, or that is more than a zero, leaves the block as it is."""
    assert calls(f"{definitions}\nint f(void) {{ if (USE_CACHE) {{ take(); }} return 0; }}") == made


def test_positions_stay_as_they_are() -> None:
    """What follows an empty block is found where it stands."""
    code = "#define Z 0\nint f(void) {\n  if (Z) { a(); }\n  b();\n}"
    facts = c.read([Source("spam.c", code.encode(), Language.C)])
    (function,) = facts.functions()
    assert [(call.span.line, call.span.column) for call in function.calls] == [(4, 3)]


def test_a_free_list_that_is_switched_off_is_no_shared_state() -> None:
    """Its counter is changed by no code that runs."""
    code = """\
#ifdef Py_GIL_DISABLED
#define USE_FREE_LIST 0
#else
#define USE_FREE_LIST 1
#endif
static int count; static void *blocks[16];
void *take(void) { if (USE_FREE_LIST && count > 0) { return blocks[--count]; } return malloc(16); }
void drop(void *block) { if (USE_FREE_LIST) { if (count < 16) { blocks[count++] = block; return; } } free(block); }
static PyMethodDef methods[] = {{"take", take}, {"drop", drop}, {NULL}};
"""
    facts = c.read([Source("spam.c", code.encode(), Language.C)])
    assert facts.shared_statics == ()
