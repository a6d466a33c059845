"""All objects are walked while other threads run.

What it finds
    ``gc.get_objects()``, ``gc.get_referrers()`` and ``gc.get_referents()`` called from C by name.

Why it is unsafe without the GIL
    They hand out objects that other threads are still making, or that are about to go: their fields are written at
    this moment, without a lock that this thread could take. The walk itself stops the world, for as long as it
    takes; what is done with the result does not.

How to fix it
    Keep a register of your own objects, under a lock, with weak references (``PyWeakref_GetRef()``, Python 3.13). Where
    it must be a walk, do it with ``PyUnstable_GC_VisitObjects()`` (Python 3.12) and look at nothing but your own types.

References
    https://docs.python.org/3/library/gc.html#gc.get_objects
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity


_LOOKS_UP = frozenset(
    {
        "PyObject_GetAttrString",
        "PyObject_CallMethod",
        "PyImport_ImportModuleAttrString",
        "PyObject_GetOptionalAttrString",
    }
)
_WALKS = ('"get_objects"', '"get_referrers"', '"get_referents"')


def check(facts: Facts) -> Iterator[Finding]:
    """Every look-up of a function that walks all objects."""
    for call in facts.calls_to(_LOOKS_UP):
        walk = next((value.text for value in call.arguments if value.text in _WALKS), None)
        if walk is not None:
            name = walk.strip('"')
            yield rule.finding(
                call.function.file,
                call.span,
                f"gc.{name}() hands out objects that other threads are still making or writing to",
                fix="keep a register of your own objects, with weak references and under a lock",
                confidence=Confidence.LOW,
            )


rule = Rule(
    code="UG502",
    slug="gc-walk",
    severity=Severity.NOTE,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "looking for instances among all objects",
            """\
static PyObject *
instances(PyObject *self, PyObject *unused)
{
    PyObject *gc = PyImport_ImportModule("gc");
    if (gc == NULL)
        return NULL;
    PyObject *objects = PyObject_CallMethod(gc, "get_objects", NULL);  // <--
    Py_DECREF(gc);
    return objects;
}
""",
        ),
        Good(
            "a register of weak references",
            """\
static PyMutex register_lock;

static PyObject *
instances(Module *self, PyObject *unused)
{
    return PyObject_CallMethod(self->instances, "copy", NULL);
}
""",
        ),
    ),
)
