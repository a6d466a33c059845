"""A field is filled on first use, and two threads can both be first.

What it finds
    A field of an object that is compared with NULL, or with -1 where it is a number, and set when it is empty, outside
    any lock.

Why it is unsafe without the GIL
    Two threads find the field empty and both fill it. One of the two objects leaks, or is lost together with what was
    already put into it; and a third thread can see the pointer before it sees what it points to.

How to fix it
    Fill the field where the object is made. Where it must be late, make the value first, then test and store inside one
    critical section on the object (Python 3.13), and release the loser's value after it; or publish it with an atomic
    compare-and-exchange.

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
    for exposure in exposed(facts, Hazard.LAZY):
        yield rule.finding(
            exposure.function.file,
            exposure.span,
            f"two threads can both find {place(exposure)} empty in {exposure.function.name}() and both fill it",
            fix="test and store inside one critical section on the object (Python 3.13), or fill the field where the "
            "object is made",
            confidence=Confidence.MEDIUM,
            evidence=(
                f"{exposure.unguarded} places use '{exposure.field}' without a lock, {exposure.guarded} with one",
            ),
        )


rule = Rule(
    code="UG217",
    slug="lazily-filled-field",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a dict on demand",
            """\
typedef struct {
    PyObject_HEAD
    PyObject *notes;
} Shelf;

static PyObject *
get_notes(Shelf *self, void *closure)
{
    if (self->notes == NULL) {  // <--
        self->notes = PyDict_New();
        if (self->notes == NULL)
            return NULL;
    }
    return Py_NewRef(self->notes);
}

static PyGetSetDef getset[] = {{"notes", (getter)get_notes, NULL}, {NULL}};
""",
        ),
        Bad(
            "a hash that is kept",
            """\
typedef struct {
    PyObject_HEAD
    Py_hash_t hash;
} Shelf;

static Py_hash_t
shelf_hash(Shelf *self)
{
    if (self->hash == -1)  // <--
        self->hash = compute(self);
    return self->hash;
}

static PyType_Slot slots[] = {{Py_tp_hash, shelf_hash}, {0, NULL}};
""",
        ),
        Good(
            "test and store in one section",
            """\
typedef struct {
    PyObject_HEAD
    PyObject *notes;
} Shelf;

static PyObject *
get_notes(Shelf *self, void *closure)
{
    PyObject *notes;
    Py_BEGIN_CRITICAL_SECTION(self);
    if (self->notes == NULL)
        self->notes = PyDict_New();
    notes = Py_XNewRef(self->notes);
    Py_END_CRITICAL_SECTION();
    return notes;
}

static PyGetSetDef getset[] = {{"notes", (getter)get_notes, NULL}, {NULL}};
""",
        ),
        Good(
            "a check that nothing fills",
            """\
typedef struct {
    PyObject_HEAD
    PyObject *notes;
} Shelf;

static PyObject *
get_notes(Shelf *self, void *closure)
{
    if (self->notes == NULL) {
        PyErr_SetString(PyExc_AttributeError, "notes");
        return NULL;
    }
    return Py_NewRef(self->notes);
}

static PyGetSetDef getset[] = {{"notes", (getter)get_notes, NULL}, {NULL}};
""",
        ),
    ),
)
