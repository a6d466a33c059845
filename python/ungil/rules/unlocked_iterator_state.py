"""An iterator moves on without a lock, so that two threads get the same item or step past the end.

What it finds
    State that a ``tp_iternext`` slot changes outside any lock.

Why it is unsafe without the GIL
    Two threads that share the iterator read the same index and both advance it: an item comes twice, another never, and
    an index that was tested against the end can be past it when it is used. Where the iterator drops its source at the
    end, both drop it.

How to fix it
    Advance inside ``Py_BEGIN_CRITICAL_SECTION(self)`` (Python 3.13), or make the index an atomic that is read once,
    tested and then stored. Do not drop the source at the end on the free-threaded build: a test of the index is enough.

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
    for exposure in exposed(facts, Hazard.ITERATOR):
        yield rule.finding(
            exposure.function.file,
            exposure.span,
            f"two threads in {exposure.function.name}() change {place(exposure)} at the same time: they get the same "
            "item, or step past the end",
            fix="advance inside a critical section on the iterator (Python 3.13), or with an atomic index that is "
            "read once",
            confidence=Confidence.MEDIUM,
            evidence=(
                f"{exposure.unguarded} places use '{exposure.field}' without a lock, {exposure.guarded} with one",
            ),
        )


rule = Rule(
    code="UG215",
    slug="unlocked-iterator-state",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "an index",
            """\
typedef struct {
    PyObject_HEAD
    PyObject *source;
    Py_ssize_t index;
} Shelf;

static PyObject *
next_item(Shelf *self)
{
    return PySequence_GetItem(self->source, self->index++);  // <--
}

static PyType_Slot slots[] = {{Py_tp_iternext, next_item}, {0, NULL}};
""",
        ),
        Good(
            "an index that a lock guards",
            """\
typedef struct {
    PyObject_HEAD
    PyObject *source;
    Py_ssize_t index;
} Shelf;

static PyObject *
next_item(Shelf *self)
{
    Py_ssize_t index;
    Py_BEGIN_CRITICAL_SECTION(self);
    index = self->index++;
    Py_END_CRITICAL_SECTION();
    return PySequence_GetItem(self->source, index);
}

static PyType_Slot slots[] = {{Py_tp_iternext, next_item}, {0, NULL}};
""",
        ),
    ),
)
