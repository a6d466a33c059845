"""A method changes what its object holds without a lock.

What it finds
    An array, a table, a native struct or a container that a field of an object holds or points to, changed by a
    function that Python can enter, itself or through its helpers, outside any lock.

Why it is unsafe without the GIL
    Two threads that change it at once leave it inconsistent, and a third reads it half-changed. Containers of the C++
    standard library and hash tables corrupt their own memory.

How to fix it
    Wrap the method in ``Py_BEGIN_CRITICAL_SECTION(self)`` (Python 3.13), and likewise every method that reads what is
    changed.

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
    for exposure in exposed(facts, Hazard.CONTENTS):
        yield rule.finding(
            exposure.function.file,
            exposure.span,
            f"{exposure.function.name}() changes what {place(exposure)} holds while another thread is in "
            f"{other_thread(exposure)}",
            fix="hold a critical section on the object (Python 3.13) in every method that reads or changes it",
            confidence=Confidence.MEDIUM,
            evidence=(
                f"{exposure.unguarded} places use '{exposure.field}' without a lock, {exposure.guarded} with one",
            ),
        )


rule = Rule(
    code="UG241",
    slug="unlocked-contents-write",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "elements of a buffer",
            """\
typedef struct {
    PyObject_HEAD
    char *items;
} Shelf;

static PyObject *
fill(Shelf *self, PyObject *unused)
{
    self->items[0] = 1;  // <--
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {{"fill", (PyCFunction)fill, METH_NOARGS}, {NULL}};
""",
        ),
        Good(
            "under a lock",
            """\
typedef struct {
    PyObject_HEAD
    char *items;
} Shelf;

static PyObject *
fill(Shelf *self, PyObject *unused)
{
    Py_BEGIN_CRITICAL_SECTION(self);
    self->items[0] = 1;
    Py_END_CRITICAL_SECTION();
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {{"fill", (PyCFunction)fill, METH_NOARGS}, {NULL}};
""",
        ),
    ),
)
