"""A method follows a pointer of its object that another method replaces.

What it finds
    A pointer in an object's struct, to a buffer, a table or a native handle, that a function which Python can enter
    follows outside any lock, itself or through its helpers, while another function replaces or frees it.

Why it is unsafe without the GIL
    The other thread frees what the pointer leads to between the read of the pointer and the read through it.

How to fix it
    Hold a critical section on the object (Python 3.13) for as long as the pointer is followed, in readers as well as in
    writers.

References
    https://docs.python.org/3/howto/free-threading-extensions.html
    https://docs.python.org/3/c-api/init.html#python-critical-section-api
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.facts.native.exposure import Hazard, exposed, other_thread, place
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for each function."""
    for exposure in exposed(facts, Hazard.READ):
        yield rule.finding(
            exposure.function.file,
            exposure.span,
            f"{exposure.function.name}() follows {place(exposure)} while another thread replaces it in "
            f"{other_thread(exposure)}",
            fix="hold a critical section on the object (Python 3.13) while the pointer is followed",
            confidence=Confidence.MEDIUM,
            evidence=(
                f"{exposure.unguarded} places use '{exposure.field}' without a lock, {exposure.guarded} with one",
            ),
        )


rule = Rule(
    code="UG240",
    slug="unlocked-pointer-read",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a reader beside a method that reallocates",
            """\
typedef struct {
    PyObject_HEAD
    char *items;
    Py_ssize_t size;
} Shelf;

static PyObject *
shrink(Shelf *self, PyObject *unused)
{
    self->items = PyMem_Realloc(self->items, 1);
    Py_RETURN_NONE;
}

static PyObject *
first(Shelf *self, PyObject *unused)
{
    return PyLong_FromLong(self->items[0]);  // <--
}

static PyMethodDef methods[] = {{"shrink", (PyCFunction)shrink}, {"first", (PyCFunction)first}, {NULL}};
""",
        ),
        Good(
            "a pointer that never changes once the object is made",
            """\
typedef struct {
    PyObject_HEAD
    char *items;
} Shelf;

static PyObject *
shelf_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    Shelf *self = (Shelf *)type->tp_alloc(type, 0);
    if (self != NULL)
        self->items = PyMem_Calloc(8, 1);
    return (PyObject *)self;
}

static PyObject *
first(Shelf *self, PyObject *unused)
{
    return PyLong_FromLong(self->items[0]);
}

static PyMethodDef methods[] = {{"first", (PyCFunction)first, METH_NOARGS}, {NULL}};
static PyType_Slot slots[] = {{Py_tp_new, shelf_new}, {Py_tp_methods, methods}, {0, NULL}};
""",
        ),
    ),
)
