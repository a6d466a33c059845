"""Two critical sections, one inside the other, become one on both objects.

What it does
    ``Py_BEGIN_CRITICAL_SECTION(a)`` and ``Py_BEGIN_CRITICAL_SECTION(b)``, which begin and end together, become
    ``Py_BEGIN_CRITICAL_SECTION2(a, b)``: the thread never gives one of them up to wait for the other.

What it leaves
    Sections between whose beginnings or ends something happens, more than two, and those that calls or the project's
    own macros begin.
"""

from __future__ import annotations

from collections.abc import Sequence

from ungil.fixer import Fixer, Left, Repair, Repaired, Site, Undecided
from ungil.rewrite.pen import Pen
from ungil.syntax.flow import span
from ungil.syntax.statements import Statement
from ungil.syntax.words import Words

_BEGIN, _END = "Py_BEGIN_CRITICAL_SECTION", "Py_END_CRITICAL_SECTION"
_TOGETHER = "two sections do not begin and end together: lock both objects where the first one is locked"


def repair(site: Site) -> Repair:
    """The inner pair goes, the outer one names both objects."""
    words, inner = site.unit.words, site.statement
    siblings = inner.siblings
    at = siblings.index(inner)
    outer = siblings[at - 1] if at else inner
    if _verb(words, inner) != _BEGIN or _verb(words, outer) != _BEGIN or outer is inner:
        raise Undecided(_TOGETHER)
    last = _end(words, siblings, at)
    if last is None or last + 1 == len(siblings) or _verb(words, siblings[last + 1]) != _END:
        raise Undecided(_TOGETHER)
    begins, ends = [outer, inner], [siblings[last], siblings[last + 1]]
    if not words.is_whole(span(begins)) or not words.is_whole(span(ends)):
        raise Undecided("preprocessor directives stand where the sections begin or end: join them by hand")
    pen = Pen(site.path, site.unit)
    first, second = (words.source(words.inside(one.words.first + 1)) for one in begins)
    pen.replace_word(outer.words.first, f"{_BEGIN}2")
    pen.insert(words[words[outer.words.first + 1].partner].start, f", {second}")
    pen.delete(inner)
    pen.replace_word(ends[0].words.first, f"{_END}2")
    pen.delete(ends[1])
    if first == second:
        raise Undecided(_TOGETHER)
    return Repair(edits=pen.edits, needs=frozenset({f"{_BEGIN}2"}))


def _verb(words: Words, statement: Statement) -> str:
    return words[statement.words.first].text if statement.kind == "plain" else ""


def _end(words: Words, siblings: Sequence[Statement], begin: int) -> int | None:
    """The statement that ends the section that one begins."""
    depth = 0
    for at in range(begin, len(siblings)):
        verb = _verb(words, siblings[at])
        depth += verb.startswith(_BEGIN) - verb.startswith(_END)
        if depth == 0:
            return at
    return None


fixer = Fixer(
    slug="two-object-section",
    codes=frozenset({"UG303"}),
    repair=repair,
    doc=__doc__,
    examples=(
        Repaired(
            "a section for each of two objects",
            """\
#include <Python.h>

typedef struct {
    PyObject_HEAD
    long count;
} Shelf;

static int
move_all(Shelf *from, Shelf *to)
{
    Py_BEGIN_CRITICAL_SECTION(from);
    Py_BEGIN_CRITICAL_SECTION(to);
    to->count += from->count;
    from->count = 0;
    Py_END_CRITICAL_SECTION();
    Py_END_CRITICAL_SECTION();
    return 0;
}
""",
            """\
#include <Python.h>

typedef struct {
    PyObject_HEAD
    long count;
} Shelf;

static int
move_all(Shelf *from, Shelf *to)
{
    Py_BEGIN_CRITICAL_SECTION2(from, to);
    to->count += from->count;
    from->count = 0;
    Py_END_CRITICAL_SECTION2();
    return 0;
}
""",
        ),
        Left(
            "something that happens between the two",
            """\
#include <Python.h>

typedef struct {
    PyObject_HEAD
    long count;
} Shelf;

static int
move_all(Shelf *from, Shelf *to)
{
    Py_BEGIN_CRITICAL_SECTION(from);
    long count = from->count;
    Py_BEGIN_CRITICAL_SECTION(to);
    to->count += count;
    Py_END_CRITICAL_SECTION();
    from->count = 0;
    Py_END_CRITICAL_SECTION();
    return 0;
}
""",
            "two sections do not begin and end together",
        ),
    ),
)
