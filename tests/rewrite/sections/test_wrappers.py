"""Methods that hold a section while they call what they were: where that would not work, and what stays private."""

from __future__ import annotations

import pytest
from tests.codemod.repairing import project, repaired, text_of
from tests.fixers.compiling import complaints

HEAD = """\
#include <Python.h>
struct Shelf { PyObject_HEAD long hits; PyObject *label; static PyObject *add(PyObject *self, PyObject *other); };
"""
SETTER = """\
static int set_label(PyObject *self, PyObject *value, void *closure)
{
    if (value != NULL)
        ((Shelf *)value)->hits++;
    ((Shelf *)self)->hits++;
    return 0;
}
static PyGetSetDef table[] = {{"label", NULL, set_label, NULL, NULL}, {NULL, NULL, NULL, NULL, NULL}};
PyType_Slot slots[] = {{Py_tp_getset, table}, {0, NULL}};
"""
LEFT = {
    "an object that is tested": (
        """\
static PyObject *add(PyObject *self, PyObject *other)
{
    if (!self)
        return NULL;
    ((Shelf *)self)->hits++;
    Py_RETURN_NONE;
}
static PyMethodDef table[] = {{"add", add, METH_O, NULL}, {NULL, NULL, 0, NULL}};
PyType_Slot slots[] = {{Py_tp_methods, table}, {0, NULL}};
""",
        "'self' of add() may be NULL",
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


@pytest.mark.parametrize(("code", "why"), LEFT.values(), ids=LEFT)
def test_what_cannot_be_called_under_a_lock_is_left(code: str, why: str) -> None:
    """NULL has no lock, and a class declares its functions."""
    outcome = repaired(project({"example.cpp": HEAD + code}), min_python=(3, 14))
    assert text_of(outcome, "example.cpp") == HEAD + code
    assert any(why in left.decision for left in outcome.left)


def test_what_may_be_missing_is_locked_where_it_is_there() -> None:
    """A setter is called with NULL for what is deleted: then its object alone is locked."""
    outcome = repaired(project({"example.cpp": HEAD + SETTER}), min_python=(3, 14))
    text = text_of(outcome, "example.cpp")
    locked = "Py_BEGIN_CRITICAL_SECTION2(self, value != NULL ? (PyObject *)value : (PyObject *)self);"
    assert locked in text
    assert complaints(text, cxx=True) == ""


def test_a_field_that_is_tested_is_not_the_object() -> None:
    """``!self->label`` says nothing of ``self``: the object is locked."""
    code = SETTER.replace("((Shelf *)self)->hits++", "if (!((Shelf *)self)->label) ((Shelf *)self)->hits++")
    outcome = repaired(project({"example.cpp": HEAD + code}), min_python=(3, 14))
    assert "Py_BEGIN_CRITICAL_SECTION2(self, " in text_of(outcome, "example.cpp")


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


def test_what_frees_the_object_is_not_called_under_its_lock() -> None:
    """A section on it would end in memory that is gone: the methods beside it hold one, and it does not."""
    code = """\
static PyObject *hit(PyObject *self, PyObject *unused)
{
    ((Shelf *)self)->hits++;
    Py_RETURN_NONE;
}
static void drop(PyObject *self)
{
    Py_CLEAR(((Shelf *)self)->label);
    ((Shelf *)self)->hits = 0;
    PyObject_Free(self);
}
static PyMethodDef table[] = {{"hit", hit, METH_NOARGS, NULL}, {NULL, NULL, 0, NULL}};
destructor drops[] = {drop};
PyType_Slot slots[] = {{Py_tp_methods, table}, {0, NULL}};
"""
    text = text_of(repaired(project({"example.cpp": HEAD + code}), min_python=(3, 14)), "example.cpp")
    assert "hit_lock_held" in text
    assert "drop_lock_held" not in text


def test_a_plain_struct_is_not_locked() -> None:
    """It may have the name that an object has in another file: the section would lock what is no lock."""
    method = """\
static PyObject *hit(Shelf *self, PyObject *unused)
{
    self->hits++;
    Py_RETURN_NONE;
}
static PyMethodDef table[] = {{"hit", (PyCFunction)hit, METH_NOARGS, NULL}, {NULL, NULL, 0, NULL}};
PyType_Slot slots[] = {{Py_tp_methods, table}, {0, NULL}};
"""
    callback = """\
#include <Python.h>
struct Shelf { long hits; };
static void *on_task(Shelf *task, int n)
{
    task->hits += n;
    return task;
}
void *(*const callbacks[])(Shelf *, int) = {on_task};
"""
    outcome = repaired(project({"example.cpp": HEAD + method, "callback.cpp": callback}))
    assert [one.finding.code for one in outcome.left] == ["UG212"]
    assert text_of(outcome, "callback.cpp") == callback
