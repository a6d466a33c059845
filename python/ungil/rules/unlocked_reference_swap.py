"""A field's object is replaced without a lock, and two threads release the same old one.

What it finds
    A field of an object that holds a Python object and is replaced or cleared with ``Py_SETREF()``, ``Py_XSETREF()``,
    ``Py_CLEAR()`` or a store beside a ``Py_DECREF()``, in code that Python can enter on an object that other threads
    have too, outside any lock. ``__init__`` counts: it can be called again on an object that is in use. Destructors do
    not.

Why it is unsafe without the GIL
    Two threads that replace the field at once both read the same old object and both release it: one reference too many
    is given up, and the object is freed while somebody uses it. A thread that reads the field in between takes a
    reference to an object that is already being freed.

How to fix it
    Swap inside ``Py_BEGIN_CRITICAL_SECTION(self)`` (Python 3.13; empty on GIL-enabled builds), and let every reader
    take its own reference inside a section on the same object. Release the old object after the section: its destructor
    can run Python code, which can suspend the section.

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
    for exposure in exposed(facts, Hazard.SWAP):
        yield rule.finding(
            exposure.function.file,
            exposure.span,
            f"two threads can both read the old object of {place(exposure)} and both release it: one in "
            f"{exposure.function.name}(), one in {other_thread(exposure)}",
            fix="swap inside a critical section on the object (Python 3.13), read it there too, and release the old "
            "object after it",
            confidence=Confidence.MEDIUM,
            evidence=(
                f"{exposure.unguarded} places use '{exposure.field}' without a lock, {exposure.guarded} with one",
            ),
        )


rule = Rule(
    code="UG210",
    slug="unlocked-reference-swap",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a setter",
            """\
typedef struct {
    PyObject_HEAD
    PyObject *label;
} Shelf;

static int
set_label(Shelf *self, PyObject *value, void *closure)
{
    Py_XSETREF(self->label, Py_NewRef(value));  // <--
    return 0;
}

static PyGetSetDef getset[] = {{"label", NULL, (setter)set_label}, {NULL}};
""",
        ),
        Good(
            "a setter with a critical section",
            """\
typedef struct {
    PyObject_HEAD
    PyObject *label;
} Shelf;

static int
set_label(Shelf *self, PyObject *value, void *closure)
{
    PyObject *old;
    Py_BEGIN_CRITICAL_SECTION(self);
    old = self->label;
    self->label = Py_NewRef(value);
    Py_END_CRITICAL_SECTION();
    Py_XDECREF(old);
    return 0;
}

static PyGetSetDef getset[] = {{"label", NULL, (setter)set_label}, {NULL}};
""",
        ),
        Good(
            "a destructor",
            """\
typedef struct {
    PyObject_HEAD
    PyObject *label;
} Shelf;

static int
shelf_clear(Shelf *self)
{
    Py_CLEAR(self->label);
    return 0;
}

static PyType_Slot slots[] = {{Py_tp_clear, shelf_clear}, {0, NULL}};
""",
        ),
        Good(
            "a helper that only sees new objects",
            """\
typedef struct {
    PyObject_HEAD
    PyObject *label;
} Shelf;

static void
start(Shelf *self, PyObject *label)
{
    Py_XSETREF(self->label, Py_NewRef(label));
}

static PyObject *
make(PyObject *module, PyObject *label)
{
    Shelf *self = PyObject_New(Shelf, &shelf_type);
    if (self != NULL)
        start(self, label);
    return (PyObject *)self;
}

static PyMethodDef methods[] = {{"make", make, METH_O}, {NULL}};
""",
        ),
        Bad(
            "a method that clears what a helper made public",
            """\
typedef struct {
    PyObject_HEAD
    PyObject *label;
} Shelf;

static void
forget(Shelf *self)
{
    Py_CLEAR(self->label);  // <--
}

static PyObject *
close_shelf(Shelf *self, PyObject *unused)
{
    forget(self);
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {{"close", (PyCFunction)close_shelf, METH_NOARGS}, {NULL}};
""",
        ),
    ),
)
