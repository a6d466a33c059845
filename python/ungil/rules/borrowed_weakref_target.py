"""The target of a weak reference is used without a reference to it.

What it finds
    ``PyWeakref_GetObject()`` and ``PyWeakref_GET_OBJECT()`` whose result is used for more than a comparison,
    outside code that runs only while the module is initialised.

Why it is unsafe without the GIL
    Nothing keeps the target alive: that is what a weak reference is for. Between the call and the next use, another
    thread can release the last strong reference, and the pointer dangles. A ``Py_INCREF()`` afterwards comes too
    late.

How to fix it
    Call ``PyWeakref_GetRef()`` (Python 3.13; in pythoncapi-compat for older versions), which takes a strong
    reference or says that the target is gone. The borrowing functions are gone from 3.15.

References
    https://docs.python.org/3/c-api/weakref.html#c.PyWeakref_GetRef
    https://docs.python.org/3/howto/free-threading-extensions.html#borrowed-references
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil import capi
from ungil.borrows import report
from ungil.facts.model import Facts
from ungil.facts.native.borrowing import borrows_from_any
from ungil.rule import Bad, Finding, Good, Rule, Severity

_HAPPENS = (
    "another thread can release the last reference to the target of '{owner}' while this one uses it: the weak "
    "reference does not keep it alive"
)


def check(facts: Facts) -> Iterator[Finding]:
    """Every such reference that is used while other threads may run."""
    return report(rule, borrows_from_any(facts, capi.borrowing_from("weakref")), _HAPPENS)


rule = Rule(
    code="UG103",
    slug="borrowed-weakref-target",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a target that is counted too late",
            """\
static PyObject *
get_parent(Node *self, PyObject *unused)
{
    PyObject *parent = PyWeakref_GetObject(self->parent);  // <--
    if (parent == Py_None)
        Py_RETURN_NONE;
    Py_INCREF(parent);
    return parent;
}
""",
        ),
        Good(
            "a strong reference, or none",
            """\
static PyObject *
get_parent(Node *self, PyObject *unused)
{
    PyObject *parent;
    PyObject *ref = Node_GetParentRef(self);
    int alive = PyWeakref_GetRef(ref, &parent);
    Py_DECREF(ref);
    if (alive < 0)
        return NULL;
    if (alive == 0)
        Py_RETURN_NONE;
    return parent;
}
""",
        ),
        Good(
            "a target that is only compared",
            """\
static PyObject *
is_dead(PyObject *self, PyObject *ref)
{
    return PyBool_FromLong(PyWeakref_GET_OBJECT(ref) == Py_None);
}
""",
        ),
    ),
)
