"""An attribute of a function is borrowed.

What it finds
    ``PyFunction_GetDefaults()``, ``PyFunction_GetKwDefaults()``, ``PyFunction_GetAnnotations()``,
    ``PyFunction_GetClosure()``, ``PyFunction_GetCode()`` and their macros, outside code that runs only while the
    module is initialised.

Why it is unsafe without the GIL
    The reference belongs to the function object, whose attributes Python code may set. Another thread that sets
    ``__defaults__`` or ``__code__`` frees the old object while this one still uses it. That is rare, so this is a
    note.

How to fix it
    Call ``PyObject_GetAttrString()``, which returns a strong reference.

References
    https://docs.python.org/3/c-api/function.html
    https://docs.python.org/3/howto/free-threading-extensions.html#borrowed-references
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil import capi
from ungil.borrows import report
from ungil.facts.model import Facts
from ungil.facts.native.borrowing import Borrow, borrows_from_any
from ungil.rule import Bad, Finding, Good, Rule, Severity

_HAPPENS = "another thread can set the attribute of '{owner}' and free the old object while this one uses it"


def check(facts: Facts) -> Iterator[Finding]:
    """Every such reference that is used while other threads may run."""
    return report(rule, borrows_from_any(facts, capi.borrowing_from("function")), _HAPPENS, _fix)


def _fix(borrow: Borrow) -> str:
    return f"take the attribute of {borrow.owner} with PyObject_GetAttrString(), and release it"


rule = Rule(
    code="UG114",
    slug="borrowed-function-attribute",
    severity=Severity.NOTE,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "the defaults of a function",
            """\
static PyObject *
count_defaults(PyObject *self, PyObject *function)
{
    PyObject *defaults = PyFunction_GetDefaults(function);  // <--
    return PyLong_FromSsize_t(defaults ? PyTuple_GET_SIZE(defaults) : 0);
}
""",
        ),
        Good(
            "a strong reference",
            """\
static PyObject *
count_defaults(PyObject *self, PyObject *function)
{
    PyObject *defaults = PyObject_GetAttrString(function, "__defaults__");
    if (defaults == NULL)
        return NULL;
    Py_ssize_t count = PyTuple_Check(defaults) ? PyTuple_GET_SIZE(defaults) : 0;
    Py_DECREF(defaults);
    return PyLong_FromSsize_t(count);
}
""",
        ),
        Good(
            "an attribute that is only tested",
            """\
static PyObject *
has_closure(PyObject *self, PyObject *function)
{
    return PyBool_FromLong(PyFunction_GetClosure(function) != NULL);
}
""",
        ),
    ),
)
