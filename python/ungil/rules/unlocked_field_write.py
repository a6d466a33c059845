"""A method changes a plain field of its object without a lock.

What it finds
    A number, flag or size in an object's struct that a function which Python can enter sets or counts, itself or
    through its helpers, outside any lock. Constructors and destructors are left alone, and so are atomics.

Why it is unsafe without the GIL
    Two threads that call the method on one object write the field at the same time. Of two increments one is lost, of
    two fields that belong together one thread sees half, and the plain accesses are a data race: the compiler may
    assume that there is none.

How to fix it
    Change the field inside ``Py_BEGIN_CRITICAL_SECTION(self)`` (Python 3.13), in every method that uses it, or make it
    an atomic where it stands alone.

References
    https://docs.python.org/3/howto/free-threading-extensions.html
    https://docs.python.org/3/c-api/init.html#python-critical-section-api
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Exposure, Facts
from ungil.facts.native.exposure import Hazard, exposed, other_thread, place
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for each function: a warning, or a note where all that is written is a literal."""
    for exposure in exposed(facts, Hazard.PLAIN):
        yield _finding(exposure, Severity.WARNING)
    for exposure in exposed(facts, Hazard.FLAG):
        yield _finding(exposure, Severity.NOTE)


def _finding(exposure: Exposure, severity: Severity) -> Finding:
    return rule.finding(
        exposure.function.file,
        exposure.span,
        f"{exposure.function.name}() changes {place(exposure)} while another thread is in {other_thread(exposure)}: "
        "updates are lost, and it is a data race",
        fix="hold a critical section on the object (Python 3.13) in every method that uses the field, or make it an "
        "atomic",
        severity=severity,
        confidence=Confidence.MEDIUM,
        evidence=(f"{exposure.unguarded} places use '{exposure.field}' without a lock, {exposure.guarded} with one",),
    )


rule = Rule(
    code="UG212",
    slug="unlocked-field-write",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a counter",
            """\
typedef struct {
    PyObject_HEAD
    long hits;
} Shelf;

static PyObject *
hit(Shelf *self, PyObject *unused)
{
    self->hits++;  // <--
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {{"hit", (PyCFunction)hit, METH_NOARGS}, {NULL}};
""",
        ),
        Good(
            "a counter in a critical section",
            """\
typedef struct {
    PyObject_HEAD
    long hits;
} Shelf;

static PyObject *
hit(Shelf *self, PyObject *unused)
{
    Py_BEGIN_CRITICAL_SECTION(self);
    self->hits++;
    Py_END_CRITICAL_SECTION();
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {{"hit", (PyCFunction)hit, METH_NOARGS}, {NULL}};
""",
        ),
        Good(
            "an atomic counter",
            """\
typedef struct {
    PyObject_HEAD
    atomic_long hits;
} Shelf;

static PyObject *
hit(Shelf *self, PyObject *unused)
{
    atomic_fetch_add(&self->hits, 1);
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {{"hit", (PyCFunction)hit, METH_NOARGS}, {NULL}};
""",
        ),
        Good(
            "a struct on the stack",
            """\
typedef struct { long hits; } counts;

static PyObject *
count(PyObject *self, PyObject *unused)
{
    counts c = {0};
    c.hits++;
    return PyLong_FromLong(c.hits);
}

static PyMethodDef methods[] = {{"count", count, METH_NOARGS}, {NULL}};
""",
        ),
    ),
)
