"""Methods that hold a section while they call what they were: where that would not work, and what stays private."""

from __future__ import annotations

import pytest
from tests.codemod.repairing import project, repaired, text_of

HEAD = """\
#include <Python.h>
struct Shelf { PyObject_HEAD long hits; PyObject *label; static PyObject *add(PyObject *self, PyObject *other); };
"""
NULLS = {
    "a setter": (
        """\
static int set_label(PyObject *self, PyObject *value, void *closure)
{
    if (value != NULL)
        ((Shelf *)value)->hits++;
    ((Shelf *)self)->hits++;
    return 0;
}
static PyGetSetDef table[] = {{"label", NULL, set_label, NULL, NULL}, {NULL, NULL, NULL, NULL, NULL}};
PyType_Slot slots[] = {{Py_tp_getset, table}, {0, NULL}};
""",
        "'value' of set_label() may be NULL",
    ),
    "an argument that is tested": (
        """\
static PyObject *add(PyObject *self, PyObject *other)
{
    if (!other)
        return NULL;
    ((Shelf *)other)->hits++;
    Py_RETURN_NONE;
}
static PyMethodDef table[] = {{"add", add, METH_O, NULL}, {NULL, NULL, 0, NULL}};
PyType_Slot slots[] = {{Py_tp_methods, table}, {0, NULL}};
""",
        "'other' of add() may be NULL",
    ),
    "a function of a class": (
        """\
PyObject *Shelf::add(PyObject *self, PyObject *other)
{
    ((Shelf *)self)->hits++;
    Py_RETURN_NONE;
}
static PyMethodDef table[] = {{"add", Shelf::add, METH_O, NULL}, {NULL, NULL, 0, NULL}};
PyType_Slot slots[] = {{Py_tp_methods, table}, {0, NULL}};
""",
        "add() is declared in a class",
    ),
}


@pytest.mark.parametrize(("code", "why"), NULLS.values(), ids=NULLS)
def test_what_cannot_be_called_under_a_lock_is_left(code: str, why: str) -> None:
    """NULL has no lock, and a class declares its functions."""
    outcome = repaired(project({"example.cpp": HEAD + code}), min_python=(3, 14))
    assert text_of(outcome, "example.cpp") == HEAD + code
    assert any(why in left.decision for left in outcome.left)


def test_what_was_public_leaves_no_second_name() -> None:
    """The function that does the work is static, even where the other was not."""
    code = """\
PyObject *add(PyObject *self, PyObject *other)
{
    ((Shelf *)self)->hits++;
    Py_RETURN_NONE;
}
static PyMethodDef table[] = {{"add", add, METH_O, NULL}, {NULL, NULL, 0, NULL}};
PyType_Slot slots[] = {{Py_tp_methods, table}, {0, NULL}};
"""
    outcome = repaired(project({"example.cpp": HEAD + code}), min_python=(3, 14))
    text = text_of(outcome, "example.cpp")
    assert "static PyObject *add_lock_held(" in text
    assert "\nPyObject *add(PyObject *self, PyObject *other)\n{\n    PyObject *result;" in text
