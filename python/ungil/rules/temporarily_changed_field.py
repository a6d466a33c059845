"""A shared object is changed for the time of a call and then changed back.

What it finds
    A field of an object that a function sets, calls something, and sets back to what it was, outside any lock.

Why it is unsafe without the GIL
    For the time of the call every other thread sees the changed object. Two threads that do so at once put back each
    other's value, and the object stays changed.

How to fix it
    Work on a local copy of the value, or on a copy of the object. Where that cannot be, hold a critical section on the
    object (Python 3.13) from the first change to the last, with nothing inside that may run Python code.

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
    for exposure in exposed(facts, Hazard.TEMPORARY):
        yield rule.finding(
            exposure.function.file,
            exposure.span,
            f"{exposure.function.name}() changes {place(exposure)} for a while and changes it back: other threads see "
            "the object in between",
            fix="work on a local copy, or hold a critical section on the object (Python 3.13) from the first change "
            "to the last",
            confidence=Confidence.MEDIUM,
            evidence=(
                f"{exposure.unguarded} places use '{exposure.field}' without a lock, {exposure.guarded} with one",
            ),
        )


rule = Rule(
    code="UG218",
    slug="temporarily-changed-field",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a size that is raised for a call",
            """\
typedef struct {
    PyObject_HEAD
    Py_ssize_t size;
} Shelf;

static PyObject *
reverse(Shelf *self, PyObject *unused)
{
    self->size += 7;  // <--
    reverse_items(self);
    self->size -= 7;
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {{"reverse", (PyCFunction)reverse, METH_NOARGS}, {NULL}};
""",
        ),
        Bad(
            "a value that is saved and put back",
            """\
typedef struct {
    PyObject_HEAD
    Py_ssize_t size;
} Shelf;

static PyObject *
peek(Shelf *self, PyObject *unused)
{
    Py_ssize_t saved = self->size;
    self->size = 1;  // <--
    PyObject *result = describe(self);
    self->size = saved;
    return result;
}

static PyMethodDef methods[] = {{"peek", (PyCFunction)peek, METH_NOARGS}, {NULL}};
""",
        ),
        Good(
            "a local copy",
            """\
typedef struct {
    PyObject_HEAD
    Py_ssize_t size;
} Shelf;

static PyObject *
peek(Shelf *self, PyObject *unused)
{
    Py_ssize_t size = self->size;
    size += 7;
    return describe(self, size);
}

static PyMethodDef methods[] = {{"peek", (PyCFunction)peek, METH_NOARGS}, {NULL}};
""",
        ),
    ),
)
