"""Items of a list are strong references, and are released.

What it does
    ``PyList_GetItem()`` and ``PyList_GET_ITEM()`` become ``PyList_GetItemRef()``. The reference is released behind
    the last use and before every way out until then; a ``Py_INCREF()`` that took one by hand goes, and what is
    returned is handed over. Where nobody looked whether there is an item, because the list was long enough when its
    size was read, a way out is added: that of the nearest error.

What to look at
    Whether the way out that was added releases all that the function holds there; and, where an item was returned at
    once, whether callers should get the IndexError that comes when it is gone.

What it leaves
    Items that are handed out or stored without a reference, variables that hold something else as well or that are
    not plain locals, pointers into the item that outlive it, and whatever the preprocessor or a ``goto`` divides.
"""

from __future__ import annotations

from ungil.fixer import Fixer, Left, Repair, Repaired, Site
from ungil.rewrite.references.ownership import take_strong_references


def repair(site: Site) -> Repair:
    """A strong reference for every item that the finding is about."""
    return take_strong_references(site, "list", "item")


fixer = Fixer(
    slug="strong-list-item",
    codes=frozenset({"UG101"}),
    repair=repair,
    doc=__doc__,
    examples=(
        Repaired(
            "an item that is tested and used",
            """\
#include <Python.h>

static PyObject *
first_name(PyObject *self, PyObject *people)
{
    PyObject *person = PyList_GetItem(people, 0);
    if (person == NULL)
        return NULL;
    return PyObject_GetAttrString(person, "name");
}
""",
            """\
#include <Python.h>

static PyObject *
first_name(PyObject *self, PyObject *people)
{
    PyObject *person = PyList_GetItemRef(people, 0);
    if (person == NULL)
        return NULL;
    PyObject *result = PyObject_GetAttrString(person, "name");
    Py_DECREF(person);
    return result;
}
""",
        ),
        Repaired(
            "a reference that is taken by hand",
            """\
#include <Python.h>

static PyObject *handlers;

static PyObject *
get_handler(PyObject *self, PyObject *unused)
{
    PyObject *handler = PyList_GetItem(handlers, 0);
    Py_XINCREF(handler);
    return handler;
}
""",
            """\
#include <Python.h>

static PyObject *handlers;

static PyObject *
get_handler(PyObject *self, PyObject *unused)
{
    PyObject *handler = PyList_GetItemRef(handlers, 0);
    return handler;
}
""",
        ),
        Repaired(
            "a loop with ways out, and a label behind it that cleans up",
            """\
#include <Python.h>

static PyObject *
sum(PyObject *self, PyObject *list)
{
    PyObject *total = PyLong_FromLong(0), *more;
    if (total == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); i++) {
        PyObject *item = PyList_GET_ITEM(list, i);
        if (item == Py_None)
            continue;
        if (!PyLong_CheckExact(item)) {
            PyErr_Format(PyExc_TypeError, "no number: %R", item);
            goto error;
        }
        more = PyNumber_Add(total, item);
        if (!more) goto error;
        Py_SETREF(total, more);
    }
    return total;
error:
    Py_DECREF(total);
    return NULL;
}
""",
            """\
#include <Python.h>

static PyObject *
sum(PyObject *self, PyObject *list)
{
    PyObject *total = PyLong_FromLong(0), *more;
    if (total == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); i++) {
        PyObject *item = PyList_GetItemRef(list, i);
        if (item == NULL) {
            goto error;
        }
        if (item == Py_None) {
            Py_DECREF(item);
            continue;
        }
        if (!PyLong_CheckExact(item)) {
            PyErr_Format(PyExc_TypeError, "no number: %R", item);
            Py_DECREF(item);
            goto error;
        }
        more = PyNumber_Add(total, item);
        Py_DECREF(item);
        if (!more) goto error;
        Py_SETREF(total, more);
    }
    return total;
error:
    Py_DECREF(total);
    return NULL;
}
""",
        ),
        Repaired(
            "a call in the midst of another",
            """\
#include <Python.h>

static PyObject *
show(PyObject *self, PyObject *list)
{
    return PyObject_Str(PyList_GET_ITEM(list, 0));
}
""",
            """\
#include <Python.h>

static PyObject *
show(PyObject *self, PyObject *list)
{
    PyObject *item = PyList_GetItemRef(list, 0);
    if (item == NULL) {
        return NULL;
    }
    PyObject *result = PyObject_Str(item);
    Py_DECREF(item);
    return result;
}
""",
        ),
        Repaired(
            "a new reference to it",
            """\
#include <Python.h>

static PyObject *
last(PyObject *self, PyObject *list)
{
    Py_ssize_t size = PyList_GET_SIZE(list);
    if (size == 0)
        Py_RETURN_NONE;
    return Py_NewRef(PyList_GET_ITEM(list, size - 1));
}
""",
            """\
#include <Python.h>

static PyObject *
last(PyObject *self, PyObject *list)
{
    Py_ssize_t size = PyList_GET_SIZE(list);
    if (size == 0)
        Py_RETURN_NONE;
    return PyList_GetItemRef(list, size - 1);
}
""",
        ),
        Left(
            "an item that is taken where what was begun has to be ended",
            """\
#include <Python.h>

static int
encode_all(PyObject *list)
{
    int status = 0;
    if (Py_EnterRecursiveCall(" while encoding"))
        return -1;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); i++) {
        if (PyObject_IsTrue(PyList_GET_ITEM(list, i)) < 0) {
            status = -1;
            break;
        }
    }
    Py_LeaveRecursiveCall();
    return status;
}

static PyObject *
encode(PyObject *self, PyObject *list)
{
    return encode_all(list) < 0 ? NULL : Py_NewRef(Py_None);
}
""",
            "what was begun before the item is taken has an end",
        ),
        Left(
            "an item that the function hands out",
            """\
#include <Python.h>

static PyObject *
nth(PyObject *list, Py_ssize_t n)
{
    PyObject *item = PyList_GetItem(list, n);
    return item;
}

static PyObject *
second(PyObject *self, PyObject *list)
{
    return Py_XNewRef(nth(list, 1));
}
""",
            "make it return a strong one",
        ),
        Left(
            "a text in the item that is used behind it",
            """\
#include <Python.h>

static PyObject *
longest(PyObject *self, PyObject *list)
{
    const char *text = "";
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); i++) {
        PyObject *item = PyList_GET_ITEM(list, i);
        text = PyBytes_AsString(item);
        if (text == NULL)
            return NULL;
    }
    return PyUnicode_FromString(text);
}
""",
            "decide how long the object lives",
        ),
        Left(
            "what only some builds compile",
            """\
#include <Python.h>

static PyObject *
first_name(PyObject *self, PyObject *people)
{
    PyObject *person = PyList_GetItem(people, 0);
#ifdef DEBUG_NAMES
    if (person == Py_None)
        return NULL;
#endif
    return person == NULL ? NULL : PyObject_GetAttrString(person, "name");
}
""",
            "preprocessor directives",
        ),
    ),
)
