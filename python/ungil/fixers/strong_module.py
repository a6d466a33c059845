"""A module from the table of imported modules is a strong reference, and is released.

What it does
    ``PyImport_AddModule()`` becomes ``PyImport_AddModuleRef()``. The reference is released behind the last use and
    before every way out until then.

What it leaves
    Modules that are handed out or stored without a reference, and what is borrowed from the module in turn: its dict
    lives as long as the module does, which is for long.
"""

from __future__ import annotations

from ungil.fixer import Fixer, Left, Repair, Repaired, Site
from ungil.rewrite.references.ownership import take_strong_references


def repair(site: Site) -> Repair:
    """A strong reference for every module that the finding is about."""
    return take_strong_references(site, "module", "module")


fixer = Fixer(
    slug="strong-module",
    codes=frozenset({"UG104"}),
    repair=repair,
    doc=__doc__,
    examples=(
        Repaired(
            "a module that is asked for an attribute",
            """\
#include <Python.h>

static PyObject *
get_main(PyObject *self, PyObject *unused)
{
    PyObject *main = PyImport_AddModule("__main__");
    if (main == NULL)
        return NULL;
    return PyObject_GetAttrString(main, "answer");
}
""",
            """\
#include <Python.h>

static PyObject *
get_main(PyObject *self, PyObject *unused)
{
    PyObject *main = PyImport_AddModuleRef("__main__");
    if (main == NULL)
        return NULL;
    PyObject *result = PyObject_GetAttrString(main, "answer");
    Py_DECREF(main);
    return result;
}
""",
        ),
        Repaired(
            "a module beside its dict",
            """\
#include <Python.h>

static PyObject *
get_dict(PyObject *self, PyObject *unused)
{
    PyObject *main = PyImport_AddModule("__main__"), *dict;
    if (main == NULL)
        return NULL;
    dict = PyModule_GetDict(main);
    Py_INCREF(dict);
    return dict;
}
""",
            """\
#include <Python.h>

static PyObject *
get_dict(PyObject *self, PyObject *unused)
{
    PyObject *module = PyImport_AddModuleRef("__main__");
    PyObject *main = module, *dict;
    if (main == NULL) {
        Py_XDECREF(module);
        return NULL;
    }
    dict = PyModule_GetDict(main);
    Py_INCREF(dict);
    Py_XDECREF(module);
    return dict;
}
""",
        ),
        Left(
            "a module that is kept",
            """\
#include <Python.h>

static PyObject *kept;

static PyObject *
keep(PyObject *self, PyObject *unused)
{
    PyObject *main = PyImport_AddModule("__main__");
    if (main == NULL)
        return NULL;
    kept = main;
    Py_RETURN_NONE;
}
""",
            "decide who owns it",
        ),
    ),
)
