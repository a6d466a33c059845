"""Values of a dict are strong references, and are released.

What it does
    ``PyDict_GetItem()`` becomes ``PyDict_GetItemRef()`` with errors cleared as before, ``PyDict_GetItemWithError()``
    with errors kept, ``PyDict_GetItemString()`` becomes ``PyDict_GetItemStringRef()`` and ``PyDict_SetDefault()``
    ``PyDict_SetDefaultRef()``. The reference is released behind the last use and before every way out until then; one
    that was taken by hand goes, and what is returned is handed over.

What it leaves
    Values that are handed out or stored without a reference, variables that hold something else as well or that are
    not plain locals, pointers into the value that outlive it, and whatever the preprocessor or a ``goto`` divides.
"""

from __future__ import annotations

from ungil.fixer import Fixer, Left, Repair, Repaired, Site
from ungil.rewrite.references.ownership import take_strong_references


def repair(site: Site) -> Repair:
    """A strong reference for every value that the finding is about."""
    return take_strong_references(site, "dict", "value")


fixer = Fixer(
    slug="strong-dict-value",
    codes=frozenset({"UG102"}),
    repair=repair,
    doc=__doc__,
    examples=(
        Repaired(
            "a value that may be missing",
            """\
#include <Python.h>

static int
known(PyObject *dict, PyObject *key)
{
    PyObject *count = PyDict_GetItemWithError(dict, key);
    if (count == NULL) {
        return PyErr_Occurred() ? -1 : 0;
    }
    return (int)PyLong_AsLong(count);
}

static PyObject *
is_known(PyObject *dict, PyObject *key)
{
    return PyLong_FromLong(known(dict, key));
}
""",
            """\
#include <Python.h>

static int
known(PyObject *dict, PyObject *key)
{
    PyObject *count;
    (void)PyDict_GetItemRef(dict, key, &count);
    if (count == NULL) {
        return PyErr_Occurred() ? -1 : 0;
    }
    int result = (int)PyLong_AsLong(count);
    Py_DECREF(count);
    return result;
}

static PyObject *
is_known(PyObject *dict, PyObject *key)
{
    return PyLong_FromLong(known(dict, key));
}
""",
        ),
        Repaired(
            "a test in the condition, and errors that are cleared",
            """\
#include <Python.h>

static PyObject *cache;

static PyObject *
cached(PyObject *self, PyObject *key)
{
    PyObject *value;
    if ((value = PyDict_GetItem(cache, key)) != NULL) {
        Py_INCREF(value);
        return value;
    }
    return PyObject_Str(key);
}

static PyObject *
forget(PyObject *self, PyObject *unused)
{
    PyDict_Clear(cache);
    Py_RETURN_NONE;
}
""",
            """\
#include <Python.h>

static PyObject *cache;

static PyObject *
cached(PyObject *self, PyObject *key)
{
    PyObject *value;
    if (PyDict_GetItemRef(cache, key, &value) < 0) {
        PyErr_Clear();
    }
    if (value != NULL) {
        return value;
    }
    return PyObject_Str(key);
}

static PyObject *
forget(PyObject *self, PyObject *unused)
{
    PyDict_Clear(cache);
    Py_RETURN_NONE;
}
""",
        ),
        Repaired(
            "a branch without braces",
            """\
#include <Python.h>

static PyObject *
twice(PyObject *self, PyObject *dict)
{
    PyObject *value, *result;
    value = PyDict_GetItemString(dict, "value");
    if (value == NULL)
        Py_RETURN_NONE;
    if (!PyLong_Check(value))
        return PyErr_Format(PyExc_TypeError, "no number: %R", value);
    result = PyNumber_Add(value, value);
    return result;
}
""",
            """\
#include <Python.h>

static PyObject *
twice(PyObject *self, PyObject *dict)
{
    PyObject *value, *result;
    if (PyDict_GetItemStringRef(dict, "value", &value) < 0) {
        PyErr_Clear();
    }
    if (value == NULL)
        Py_RETURN_NONE;
    if (!PyLong_Check(value)) {
        PyObject *result2 = PyErr_Format(PyExc_TypeError, "no number: %R", value);
        Py_DECREF(value);
        return result2;
    }
    result = PyNumber_Add(value, value);
    Py_DECREF(value);
    return result;
}
""",
        ),
        Left(
            "a value that a variable holds beside a new one",
            """\
#include <Python.h>

static PyObject *names;

static PyObject *
name_of(PyObject *self, PyObject *key)
{
    PyObject *name = PyDict_GetItemWithError(names, key);
    if (name == NULL)
        name = PyObject_Str(key);
    PyObject *result = PyUnicode_Concat(name, key);
    return result;
}

static PyObject *
forget(PyObject *self, PyObject *unused)
{
    PyDict_Clear(names);
    Py_RETURN_NONE;
}
""",
            "also holds what is not borrowed",
        ),
    ),
)
