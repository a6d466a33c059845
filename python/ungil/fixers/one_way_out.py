"""A critical section is left by its end alone.

What it does
    Of every ``return``, ``goto``, ``break`` and ``continue`` that leaves a section between
    ``Py_BEGIN_CRITICAL_SECTION()`` and its end, keeps the result, goes to the end of the section, and leaves behind it.

What it leaves
    Sections that begin and end by calls, exceptions, and macros of the project that return.
"""

from __future__ import annotations

from ungil.fixer import Fixer, Left, Repair, Repaired, Site, Undecided
from ungil.rewrite.pen import Pen
from ungil.rewrite.sections.guard import leave_by_the_end
from ungil.syntax.statements import Statement


def repair(site: Site) -> Repair:
    """All ways out of the section that the finding leaves."""
    begin, inside, end = _section(site)
    pen = Pen(site.path, site.unit)
    leave_by_the_end(pen, site.function, begin, inside, end)
    return Repair(edits=pen.edits)


def _section(site: Site) -> tuple[Statement, list[Statement], Statement]:
    function, words, text = site.function, site.unit.words, site.unit.text
    offsets = {text.offset(one.span.line, one.span.column): one.lock for one in function.facts.exits}
    lock = offsets.get(site.offset)
    begin = function.statement_at(words.at(text.offset(lock.span.line, lock.span.column))) if lock is not None else None
    name = words[begin.words.first].text if begin is not None else ""
    if begin is None or begin.kind != "plain" or "_BEGIN_CRITICAL_SECTION" not in name:
        raise Undecided("the section does not begin by a macro of the C API: lead every way out to its end by hand")
    closing = name.replace("_BEGIN_", "_END_")
    rest = begin.siblings[begin.siblings.index(begin) + 1 :]
    depth = 1
    for index, statement in enumerate(rest):
        first = words[statement.words.first].text
        depth += (first == name) - (first == closing)
        if depth == 0:
            return begin, rest[:index], statement
    raise Undecided(f"{closing}() was not found in the block that begins the section")


fixer = Fixer(
    slug="one-way-out",
    codes=frozenset({"UG301"}),
    repair=repair,
    doc=__doc__,
    examples=(
        Repaired(
            "an error path that returns",
            """\
#include <Python.h>

typedef struct {
    PyObject_HEAD
    PyObject *value;
} Cell;

static PyObject *
get(Cell *self, PyObject *unused)
{
    PyObject *value;
    Py_BEGIN_CRITICAL_SECTION(self);
    if (self->value == NULL) {
        PyErr_SetString(PyExc_ValueError, "empty");
        return NULL;
    }
    value = Py_NewRef(self->value);
    Py_END_CRITICAL_SECTION();
    return value;
}
""",
            """\
#include <Python.h>

typedef struct {
    PyObject_HEAD
    PyObject *value;
} Cell;

static PyObject *
get(Cell *self, PyObject *unused)
{
    PyObject *value;
    int left = 0;
    Py_BEGIN_CRITICAL_SECTION(self);
    if (self->value == NULL) {
        PyErr_SetString(PyExc_ValueError, "empty");
        left = 1;
        goto end_of_section;
    }
    value = Py_NewRef(self->value);
end_of_section:;
    Py_END_CRITICAL_SECTION();
    if (left) {
        return NULL;
    }
    return value;
}
""",
        ),
        Repaired(
            "results that are worked out, and a macro that returns",
            """\
#include <Python.h>

typedef struct {
    PyObject_HEAD
    PyObject *value;
} Cell;

static PyObject *
get(Cell *self, PyObject *unused)
{
    Py_BEGIN_CRITICAL_SECTION(self);
    if (self->value == NULL)
        Py_RETURN_NONE;
    return Py_NewRef(self->value);
    Py_END_CRITICAL_SECTION();
}
""",
            """\
#include <Python.h>

typedef struct {
    PyObject_HEAD
    PyObject *value;
} Cell;

static PyObject *
get(Cell *self, PyObject *unused)
{
    PyObject *result;
    Py_BEGIN_CRITICAL_SECTION(self);
    if (self->value == NULL) {
        Py_INCREF(Py_None);
        result = Py_None;
        goto end_of_section;
    }
    result = Py_NewRef(self->value);
end_of_section:;
    Py_END_CRITICAL_SECTION();
    return result;
}
""",
        ),
        Repaired(
            "a break out of the loop in which the section lies, and a goto to its end",
            """\
#include <Python.h>

typedef struct {
    PyObject_HEAD
    long tries, done;
} Job;

static PyObject *
run(Job *self, PyObject *unused)
{
    while (1) {
        Py_BEGIN_CRITICAL_SECTION(self);
        if (self->done)
            break;
        if (self->tries < 0)
            goto error;
        self->tries++;
        Py_END_CRITICAL_SECTION();
    }
    Py_RETURN_NONE;
error:
    PyErr_SetString(PyExc_RuntimeError, "no tries left");
    return NULL;
}
""",
            """\
#include <Python.h>

typedef struct {
    PyObject_HEAD
    long tries, done;
} Job;

static PyObject *
run(Job *self, PyObject *unused)
{
    while (1) {
        int left = 0;
        Py_BEGIN_CRITICAL_SECTION(self);
        if (self->done) {
            left = 1;
            goto end_of_section;
        }
        if (self->tries < 0) {
            left = 2;
            goto end_of_section;
        }
        self->tries++;
    end_of_section:;
        Py_END_CRITICAL_SECTION();
        if (left == 1) {
            break;
        }
        if (left == 2) {
            goto error;
        }
    }
    Py_RETURN_NONE;
error:
    PyErr_SetString(PyExc_RuntimeError, "no tries left");
    return NULL;
}
""",
        ),
        Left(
            "an exception, which no label catches",
            """\
#include <Python.h>

typedef struct {
    PyObject_HEAD
    PyObject *value;
} Cell;

static PyObject *
get(Cell *self, PyObject *unused)
{
    PyObject *value;
    Py_BEGIN_CRITICAL_SECTION(self);
    if (self->value == NULL)
        throw 1;
    value = Py_NewRef(self->value);
    Py_END_CRITICAL_SECTION();
    return value;
}
""",
            "use a guard",
            path="example.cpp",
        ),
    ),
)
