"""The target of a weak reference is a strong reference, and is released.

What it does
    ``PyWeakref_GetObject()`` and ``PyWeakref_GET_OBJECT()`` become ``PyWeakref_GetRef()``; a target that is gone is
    still ``Py_None``, so that the tests that are there stay right. The reference is released behind the last use and
    before every way out until then.

What it leaves
    Targets that are handed out or stored without a reference, and variables that cannot be followed.
"""

from __future__ import annotations

from ungil.fixer import Fixer, Repair, Repaired, Site
from ungil.rewrite.references.ownership import take_strong_references


def repair(site: Site) -> Repair:
    """A strong reference for every target that the finding is about."""
    return take_strong_references(site, "weakref", "target")


fixer = Fixer(
    slug="strong-weakref-target",
    codes=frozenset({"UG103"}),
    repair=repair,
    doc=__doc__,
    examples=(
        Repaired(
            "a target that may be gone",
            """\
#include <Python.h>

static PyObject *
owner_name(PyObject *self, PyObject *ref)
{
    PyObject *owner = PyWeakref_GetObject(ref);
    if (owner == NULL)
        return NULL;
    if (owner == Py_None)
        Py_RETURN_NONE;
    return PyObject_GetAttrString(owner, "name");
}
""",
            """\
#include <Python.h>

static PyObject *
owner_name(PyObject *self, PyObject *ref)
{
    PyObject *owner;
    if (PyWeakref_GetRef(ref, &owner) == 0) {
        Py_INCREF(Py_None);
        owner = Py_None;
    }
    if (owner == NULL)
        return NULL;
    if (owner == Py_None) {
        Py_DECREF(owner);
        Py_RETURN_NONE;
    }
    PyObject *result = PyObject_GetAttrString(owner, "name");
    Py_DECREF(owner);
    return result;
}
""",
        ),
    ),
)
