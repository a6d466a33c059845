"""The contents of a cell are a strong reference, and are released.

What it does
    ``PyCell_GET()`` becomes ``PyCell_Get()``, which every version has. The reference is released behind the last use
    and before every way out until then; one that was taken by hand goes.

What it leaves
    Contents that are handed out or stored without a reference, and variables that cannot be followed.
"""

from __future__ import annotations

from ungil.fixer import Fixer, Repair, Repaired, Site
from ungil.rewrite.references.ownership import take_strong_references


def repair(site: Site) -> Repair:
    """A strong reference for all contents that the finding is about."""
    return take_strong_references(site, "cell", "contents")


fixer = Fixer(
    slug="cell-contents",
    codes=frozenset({"UG106"}),
    repair=repair,
    doc=__doc__,
    examples=(
        Repaired(
            "contents that may be missing",
            """\
#include <Python.h>

static PyObject *
get(PyObject *self, PyObject *cell)
{
    PyObject *value = PyCell_GET(cell);
    if (value == NULL) {
        PyErr_SetString(PyExc_ValueError, "empty");
        return NULL;
    }
    Py_INCREF(value);
    return value;
}
""",
            """\
#include <Python.h>

static PyObject *
get(PyObject *self, PyObject *cell)
{
    PyObject *value = PyCell_Get(cell);
    if (value == NULL) {
        PyErr_SetString(PyExc_ValueError, "empty");
        return NULL;
    }
    return value;
}
""",
        ),
        Repaired(
            "contents that are used",
            """\
#include <Python.h>

static PyObject *
length(PyObject *self, PyObject *cell)
{
    PyObject *value = PyCell_GET(cell);
    Py_ssize_t size = value == NULL ? 0 : PyObject_Size(value);
    if (size < 0)
        return NULL;
    return PyLong_FromSsize_t(size);
}
""",
            """\
#include <Python.h>

static PyObject *
length(PyObject *self, PyObject *cell)
{
    PyObject *value = PyCell_Get(cell);
    Py_ssize_t size = value == NULL ? 0 : PyObject_Size(value);
    Py_XDECREF(value);
    if (size < 0)
        return NULL;
    return PyLong_FromSsize_t(size);
}
""",
        ),
    ),
)
