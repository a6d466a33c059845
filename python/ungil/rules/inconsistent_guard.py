"""A field that is used under a lock elsewhere is used here without one.

What it finds
    A field of an object that at least two places use under a lock, and no fewer than use it without one, in a function
    that Python can enter, outside any lock.

Why it is unsafe without the GIL
    A lock protects only what all threads take it for. The unlocked access meets the others in the middle of what they
    do under theirs.

How to fix it
    Take the same lock here, or let the name of the function say that its callers hold it (``..._lock_held``).

References
    https://docs.python.org/3/howto/free-threading-extensions.html
    https://docs.python.org/3/c-api/init.html#python-critical-section-api
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.facts.native.exposure import Hazard, exposed, place
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for each function."""
    for exposure in exposed(facts, Hazard.INCONSISTENT):
        yield rule.finding(
            exposure.function.file,
            exposure.span,
            f"{exposure.function.name}() uses {place(exposure)} without the lock under which other functions, "
            f"{exposure.other or 'this one'}() among them, change it",
            fix="hold the lock here that the other uses of the field hold",
            confidence=Confidence.MEDIUM,
            evidence=(
                f"{exposure.unguarded} places use '{exposure.field}' without a lock, {exposure.guarded} with one",
            ),
        )


rule = Rule(
    code="UG216",
    slug="inconsistent-guard",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "one method of three",
            """\
typedef struct {
    PyObject_HEAD
    char *items;
    Py_ssize_t size;
} Shelf;

static void
clear_shelf(Shelf *self)
{
    Py_BEGIN_CRITICAL_SECTION(self);
    PyMem_Free(self->items);
    self->items = NULL;
    Py_END_CRITICAL_SECTION();
}

static PyObject *
shelf_clear(Shelf *self, PyObject *unused)
{
    clear_shelf(self);
    Py_RETURN_NONE;
}

static PyObject *
first(Shelf *self, PyObject *unused)
{
    return PyLong_FromLong(self->items[0]);  // <--
}

static PyMethodDef methods[] = {{"clear", (PyCFunction)shelf_clear}, {"first", (PyCFunction)first}, {NULL}};
""",
        ),
        Good(
            "all methods",
            """\
typedef struct {
    PyObject_HEAD
    char *items;
    Py_ssize_t size;
} Shelf;

static PyObject *
shelf_clear(Shelf *self, PyObject *unused)
{
    Py_BEGIN_CRITICAL_SECTION(self);
    PyMem_Free(self->items);
    self->items = NULL;
    Py_END_CRITICAL_SECTION();
    Py_RETURN_NONE;
}

static PyObject *
first(Shelf *self, PyObject *unused)
{
    long item;
    Py_BEGIN_CRITICAL_SECTION(self);
    item = self->items == NULL ? 0 : self->items[0];
    Py_END_CRITICAL_SECTION();
    return PyLong_FromLong(item);
}

static PyMethodDef methods[] = {{"clear", (PyCFunction)shelf_clear}, {"first", (PyCFunction)first}, {NULL}};
""",
        ),
    ),
)
