"""A value is borrowed from a dict that another thread can change.

What it finds
    ``PyDict_GetItem()``, ``PyDict_GetItemWithError()``, ``PyDict_GetItemString()`` and ``PyDict_SetDefault()`` on a
    dict that the function did not make itself. Keyword-argument dicts, which are made anew for each call, private
    dicts, dicts locked by a critical section, and code that runs only while the module is initialised are left
    alone.

Why it is unsafe without the GIL
    The reference belongs to the dict. Between the call that returns it and the next use, another thread can replace
    or delete the value; if the dict held the last reference, the object is freed and the pointer dangles. A
    ``Py_INCREF()`` afterwards comes too late: it may touch memory that is already gone.

How to fix it
    Call ``PyDict_GetItemRef()``, ``PyDict_GetItemStringRef()`` or ``PyDict_SetDefaultRef()`` (Python 3.13; in
    pythoncapi-compat for older versions). They return a strong reference, to be released when done, and tell
    "missing" from "failed".

References
    https://docs.python.org/3/howto/free-threading-extensions.html#borrowed-references
    https://docs.python.org/3/c-api/dict.html#c.PyDict_GetItemRef
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil import capi
from ungil.borrows import report
from ungil.facts.model import Facts
from ungil.facts.native.borrowing import borrows_from_shared
from ungil.rule import Bad, Finding, Good, Rule, Severity

_HAPPENS = (
    "another thread can replace the value in '{owner}' and free it while this one still uses the borrowed reference"
)


def check(facts: Facts) -> Iterator[Finding]:
    """Every value that is borrowed from a dict which others can reach, and then used."""
    return report(rule, borrows_from_shared(facts, capi.borrowing_from("dict")), _HAPPENS)


rule = Rule(
    code="UG102",
    slug="borrowed-dict-item",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a value of a dict that all threads share",
            """\
static PyObject *registry;

static PyObject *
lookup(PyObject *self, PyObject *key)
{
    PyObject *value = PyDict_GetItemWithError(registry, key);  // <--
    if (value == NULL)
        return PyErr_Occurred() ? NULL : Py_NewRef(Py_None);
    return Py_NewRef(value);
}
""",
        ),
        Good(
            "a strong reference",
            """\
static PyObject *registry;

static PyObject *
lookup(PyObject *self, PyObject *key)
{
    PyObject *value;
    if (PyDict_GetItemRef(registry, key, &value) < 0)
        return NULL;
    return value != NULL ? value : Py_NewRef(Py_None);
}
""",
        ),
        Bad(
            "a value of an object's dict",
            """\
static PyObject *
get_unit(Shelf *self, PyObject *unused)
{
    return Py_XNewRef(PyDict_GetItemString(self->attributes, "unit"));  // <--
}
""",
        ),
        Bad(
            "a default that another thread can replace at once",
            """\
static PyObject *
intern(PyObject *self, PyObject *args)
{
    PyObject *table, *key;
    if (!PyArg_ParseTuple(args, "OO", &table, &key))
        return NULL;
    PyObject *kept = PyDict_SetDefault(table, key, key);  // <--
    return Py_XNewRef(kept);
}
""",
        ),
        Good(
            "the dict of keyword arguments",
            """\
static PyObject *
connect(PyObject *self, PyObject *args, PyObject *options)
{
    PyObject *timeout = PyDict_GetItemString(options, "timeout");
    return timeout != NULL ? PyNumber_Float(timeout) : PyFloat_FromDouble(1.0);
}

static PyMethodDef methods[] = {
    {"connect", (PyCFunction)(void (*)(void))connect, METH_VARARGS | METH_KEYWORDS, NULL},
    {NULL, NULL, 0, NULL},
};
""",
        ),
        Good(
            "a dict that the function made and nobody else has",
            """\
static PyObject *
count(PyObject *self, PyObject *words)
{
    PyObject *counts = PyDict_New();
    PyObject *seen = PyDict_GetItemWithError(counts, words);
    PyObject *result = PyBool_FromLong(seen != NULL);
    Py_DECREF(counts);
    return result;
}
""",
        ),
        Good(
            "inside a critical section on the object that owns the dict",
            """\
static PyObject *
get_unit(Shelf *self, PyObject *key)
{
    PyObject *unit;
    Py_BEGIN_CRITICAL_SECTION(self);
    unit = Py_XNewRef(PyDict_GetItemWithError(self->attributes, key));
    Py_END_CRITICAL_SECTION();
    return unit;
}
""",
        ),
        Good(
            "the module's own dict while it is initialised",
            """\
PyMODINIT_FUNC
PyInit_spam(void)
{
    PyObject *m = PyModule_Create(&module);
    PyObject *version = PyDict_GetItemString(PyModule_GetDict(m), "__version__");
#ifdef Py_GIL_DISABLED
    PyUnstable_Module_SetGIL(m, Py_MOD_GIL_NOT_USED);
#endif
    return version ? m : NULL;
}
""",
        ),
        Good(
            "a helper whose every caller holds the lock, and one whose every caller made the dict",
            """\
static PyObject *
unit_lock_held(Shelf *self, PyObject *key)
{
    return Py_XNewRef(PyDict_GetItemWithError(self->attributes, key));
}

static PyObject *
get_unit(PyObject *op, PyObject *key)
{
    Shelf *self = (Shelf *)op;
    PyObject *unit;
    Py_BEGIN_CRITICAL_SECTION(op);
    unit = unit_lock_held(self, key);
    Py_END_CRITICAL_SECTION();
    return unit;
}

static int
seen_before(PyObject *seen, PyObject *key)
{
    return PyDict_GetItemWithError(seen, key) != NULL;
}

static PyObject *
unique(PyObject *self, PyObject *key)
{
    PyObject *seen = PyDict_New();
    int known = seen != NULL && seen_before(seen, key);
    Py_XDECREF(seen);
    return PyBool_FromLong(known);
}
""",
        ),
        Bad(
            "a helper that one caller calls without the lock",
            """\
static PyObject *
unit_of(Shelf *self, PyObject *key)
{
    return Py_XNewRef(PyDict_GetItemWithError(self->attributes, key));  // <--
}

static PyObject *
get_unit(Shelf *self, PyObject *key)
{
    PyObject *unit;
    Py_BEGIN_CRITICAL_SECTION(self);
    unit = unit_of(self, key);
    Py_END_CRITICAL_SECTION();
    return unit;
}

static PyObject *
peek_unit(Shelf *self, PyObject *key)
{
    return unit_of(self, key);
}
""",
        ),
    ),
)
