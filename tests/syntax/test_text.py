"""The text of a file: places, indentation, directives."""

from __future__ import annotations

import pytest
from tests.syntax.reading import unit

CODE = """\
#include <Python.h>
#define LONG(x) \\
    f(x)
/*
#ifdef NOT_A_DIRECTIVE
*/
int f(void)
{
\tif (a)
\t\treturn 1;
#ifdef X
\treturn 2;
#endif
}
"""


def test_directives_are_told_from_comments() -> None:
    """A directive has its continuation lines, and what stands in a comment is none."""
    assert unit(CODE).text.directives(0, len(CODE)) == [
        "#include <Python.h>",
        "#define LONG(x) \\\n    f(x)",
        "#ifdef X",
        "#endif",
    ]


def test_places_and_lines_lead_to_each_other() -> None:
    """Lines and columns count from 1."""
    text = unit(CODE).text
    at = CODE.index("return 1")
    assert (text.line(at), text.offset(10, 3)) == (10, at)
    assert (text.line_start(at), text.line_end(at)) == (at - 2, CODE.index("\n", at))
    assert text.begins_line(at)
    assert not text.begins_line(at + 7)


@pytest.mark.parametrize(
    ("code", "unit_of_it"),
    [
        (CODE, "\t"),
        ("void f(void) {\n  if (a) {\n    b();\n  }\n}\n", "  "),
        ("void f(void)\n{\n    if (a) {\n        b();\n    }\n}\n", "    "),
        ("", "    "),
    ],
)
def test_the_step_of_indentation_is_that_of_most_lines(code: str, unit_of_it: str) -> None:
    """Tabs stay tabs."""
    assert unit(code).text.unit == unit_of_it


@pytest.mark.parametrize(("code", "left"), [("T* a; U* b; V *c;", True), ("T *a; U *b; V* c;", False)])
def test_stars_stand_where_most_of_them_do(code: str, left: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """At the type, or at the name."""
    assert unit(code).text.stars_stand_left is left


def test_what_is_not_ascii_keeps_its_place() -> None:
    """A character is a byte."""
    read = unit("/* \xc3\xbc */ int f(void) { return 1; }\n")
    assert read.text.all[read.words[0].start :].startswith("int f")
