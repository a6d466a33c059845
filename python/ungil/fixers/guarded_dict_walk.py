"""A walk over a dict runs in a critical section on it, or over a copy.

What it does
    Where nothing that may run Python code is called in the loop that calls ``PyDict_Next()``, puts
    ``Py_BEGIN_CRITICAL_SECTION(dict)`` and its end around the loop, and around what follows as long as it uses a
    borrowed key or value. Every way out leads to the end of the section first. On a GIL-enabled build the section is
    empty. Where something may run Python code, the section would be suspended: there the loop walks a copy, which is
    released on every way out.

What to look at
    A copy costs memory and time, and the loop does not see what it adds to the dict itself.

What it leaves
    Walks without a loop around them, and a dict that is named by more than a variable or a field, or that the loop
    itself replaces.
"""

from __future__ import annotations

from collections.abc import Sequence

from ungil.fixer import Fixer, Left, Repair, Repaired, Site, Undecided
from ungil.rewrite.exits import error_exit
from ungil.rewrite.names import can_declare_before, declared, unused_name
from ungil.rewrite.pen import Pen
from ungil.rewrite.references.lending import Lent
from ungil.rewrite.references.release import Held, Reference, release
from ungil.rewrite.sections.guard import guard
from ungil.rewrite.sections.walks import loop_around, may_run_python, plain_operand, up_to_last_use
from ungil.syntax.flow import labels
from ungil.syntax.statements import Statement
from ungil.syntax.words import Range

_CHECK = "a copy of the dict is walked now: it costs memory and time, and what the loop adds to the dict is not in it"


def repair(site: Site) -> Repair:
    """A section where that holds, else a copy."""
    words = site.unit.words
    arguments = words.split(words.inside(site.word + 1))
    loop = loop_around(site)
    if len(arguments) < 4:  # noqa: PLR2004 - dict, position, key, value
        raise Undecided("the arguments of PyDict_Next() could not be read: put the section around the loop by hand")
    locked = plain_operand(site, words.source(arguments[0]), loop)
    borrowed = [words[part.last - 1].text for part in arguments[2:] if words[part.first].text == "&"]
    held, lent = up_to_last_use(site.function, loop, borrowed)
    pen = Pen(site.path, site.unit)
    if may_run_python(site.function, held):
        _walk_a_copy(pen, site, arguments[0], held, lent)
        return Repair(edits=pen.edits, check=_CHECK)
    guard(pen, site.function, held, locked)
    return Repair(edits=pen.edits, needs=frozenset({"Py_BEGIN_CRITICAL_SECTION"}))


def _walk_a_copy(pen: Pen, site: Site, walked: Range, held: Sequence[Statement], lent: tuple[Lent, ...]) -> None:
    function, step = site.function, pen.text.unit
    if held[0].is_bare:
        raise Undecided("the loop stands where no copy can be made before it: give the branch its braces")
    can_declare_before(held[0])
    copy = unused_name(function, "copy")
    made = declared(pen, function, "PyObject *", copy, f"PyDict_Copy({pen.words.source(walked)})")
    leaving = error_exit(function, held[0])
    if any(line == f"goto {label};" for line in leaving for label in labels(held, function.words)):
        raise Undecided("the nearest error leads in between the uses of what was borrowed: decide how to leave there")
    leave = [f"{step}{line}" for line in leaving]
    pen.before(held[0], *made, f"if ({copy} == NULL) {{", *leave, "}")
    pen.replace(walked, copy)
    release(pen, function, Reference(copy, Held.OBJECT, lent=lent), held)


fixer = Fixer(
    slug="guarded-dict-walk",
    codes=frozenset({"UG202"}),
    repair=repair,
    doc=__doc__,
    examples=(
        Repaired(
            "a loop that calls no Python code",
            """\
#include <Python.h>

static PyObject *
count_missing(PyObject *self, PyObject *dict)
{
    PyObject *key, *value;
    Py_ssize_t pos = 0;
    long missing = 0;
    while (PyDict_Next(dict, &pos, &key, &value))
        missing += value == Py_None;
    return PyLong_FromLong(missing);
}
""",
            """\
#include <Python.h>

static PyObject *
count_missing(PyObject *self, PyObject *dict)
{
    PyObject *key, *value;
    Py_ssize_t pos = 0;
    long missing = 0;
    Py_BEGIN_CRITICAL_SECTION(dict);
    while (PyDict_Next(dict, &pos, &key, &value))
        missing += value == Py_None;
    Py_END_CRITICAL_SECTION();
    return PyLong_FromLong(missing);
}
""",
        ),
        Repaired(
            "ways out of the loop",
            """\
#include <Python.h>

static PyObject *
total(PyObject *self, PyObject *dict)
{
    PyObject *key, *value;
    Py_ssize_t pos = 0;
    long sum = 0;
    while (PyDict_Next(dict, &pos, &key, &value)) {
        if (!PyLong_CheckExact(value)) {
            PyErr_SetString(PyExc_TypeError, "no number");
            return NULL;
        }
        if (PyUnicode_GET_LENGTH(key) == 0)
            return PyLong_FromLong(sum);
        sum += PyLong_AsLong(value);
    }
    return PyLong_FromLong(sum);
}
""",
            """\
#include <Python.h>

static PyObject *
total(PyObject *self, PyObject *dict)
{
    PyObject *key, *value;
    Py_ssize_t pos = 0;
    long sum = 0;
    PyObject *result = NULL;
    int left = 0;
    Py_BEGIN_CRITICAL_SECTION(dict);
    while (PyDict_Next(dict, &pos, &key, &value)) {
        if (!PyLong_CheckExact(value)) {
            PyErr_SetString(PyExc_TypeError, "no number");
            result = NULL;
            left = 1;
            break;
        }
        if (PyUnicode_GET_LENGTH(key) == 0) {
            result = PyLong_FromLong(sum);
            left = 1;
            break;
        }
        sum += PyLong_AsLong(value);
    }
    Py_END_CRITICAL_SECTION();
    if (left) {
        return result;
    }
    return PyLong_FromLong(sum);
}
""",
        ),
        Repaired(
            "a borrowed key that is used behind the loop",
            """\
#include <Python.h>

static PyObject *
largest(PyObject *self, PyObject *dict)
{
    PyObject *key, *value, *found = Py_None;
    Py_ssize_t pos = 0, most = 0;
    while (PyDict_Next(dict, &pos, &key, &value)) {
        if (PyTuple_GET_SIZE(value) > most) {
            most = PyTuple_GET_SIZE(value);
            found = key;
        }
    }
    return Py_NewRef(found);
}
""",
            """\
#include <Python.h>

static PyObject *
largest(PyObject *self, PyObject *dict)
{
    PyObject *key, *value, *found = Py_None;
    Py_ssize_t pos = 0, most = 0;
    PyObject *result;
    Py_BEGIN_CRITICAL_SECTION(dict);
    while (PyDict_Next(dict, &pos, &key, &value)) {
        if (PyTuple_GET_SIZE(value) > most) {
            most = PyTuple_GET_SIZE(value);
            found = key;
        }
    }
    result = Py_NewRef(found);
    Py_END_CRITICAL_SECTION();
    return result;
}
""",
        ),
        Repaired(
            "a loop that calls Python code, with ways out",
            """\
#include <Python.h>

static int
call_all(PyObject *callbacks)
{
    PyObject *name, *callback, *result;
    Py_ssize_t pos = 0;
    if (callbacks == NULL)
        return -1;
    while (PyDict_Next(callbacks, &pos, &name, &callback)) {
        result = PyObject_CallNoArgs(callback);
        if (result == NULL)
            return -1;
        Py_DECREF(result);
    }
    return 0;
}

static PyObject *
call(PyObject *self, PyObject *callbacks)
{
    if (call_all(callbacks) < 0)
        return NULL;
    Py_RETURN_NONE;
}
""",
            """\
#include <Python.h>

static int
call_all(PyObject *callbacks)
{
    PyObject *name, *callback, *result;
    Py_ssize_t pos = 0;
    if (callbacks == NULL)
        return -1;
    PyObject *copy = PyDict_Copy(callbacks);
    if (copy == NULL) {
        return -1;
    }
    while (PyDict_Next(copy, &pos, &name, &callback)) {
        result = PyObject_CallNoArgs(callback);
        if (result == NULL) {
            Py_DECREF(copy);
            return -1;
        }
        Py_DECREF(result);
    }
    Py_DECREF(copy);
    return 0;
}

static PyObject *
call(PyObject *self, PyObject *callbacks)
{
    if (call_all(callbacks) < 0)
        return NULL;
    Py_RETURN_NONE;
}
""",
        ),
        Left(
            "a macro that returns",
            """\
#include <Python.h>

#define REQUIRE(x) if (!(x)) return NULL

static PyObject *
total(PyObject *self, PyObject *dict)
{
    PyObject *key, *value;
    Py_ssize_t pos = 0;
    long sum = 0;
    while (PyDict_Next(dict, &pos, &key, &value)) {
        REQUIRE(PyLong_CheckExact(value));
        sum += PyLong_AsLong(value);
    }
    return PyLong_FromLong(sum);
}
""",
            "write out what it does",
        ),
    ),
)
