"""A reference count of one is taken as leave to change an object.

What it finds
    ``Py_REFCNT(x)`` compared with one (``== 1``, ``< 2``, ``> 1`` and so on) on an object that the function did not
    make itself, outside finalisers, assertions, and code that runs only while the module is initialised.

Why it is unsafe without the GIL
    A free-threaded build splits the count between the thread that made the object and all others, and the
    interpreter borrows references without counting them. ``Py_REFCNT()`` adds two numbers that others are changing:
    one may mean that another thread is about to take a reference, or uses the object through a reference that was
    never counted.

How to fix it
    Call ``PyUnstable_Object_IsUniquelyReferenced()`` (Python 3.14; in pythoncapi-compat for older versions), or for
    an argument on the interpreter's stack ``PyUnstable_Object_IsUniqueReferencedTemporary()`` (3.14). Both answer
    no where they cannot be sure.

References
    https://docs.python.org/3/c-api/object.html#c.PyUnstable_Object_IsUniquelyReferenced
    https://github.com/python/cpython/issues/140061
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Call, Facts
from ungil.facts.native.sharing import Sharing, runs_alone
from ungil.rule import Bad, Finding, Good, Rule, Severity

_ONE = frozenset({"== 1", "!= 1", "<= 1", "> 1", "< 2", ">= 2"})
_REFCNT = frozenset({"Py_REFCNT"})


def check(facts: Facts) -> Iterator[Finding]:
    """Every comparison of a reference count with one."""
    asserted = {(call.function.key, call.span.line) for call in facts.calls_to({"assert", "_PyObject_ASSERT"})}
    sharing = Sharing(facts)
    for call in facts.calls_to(_REFCNT):
        if call.comparison not in _ONE or not call.arguments or runs_alone(call):
            continue
        if (call.function.key, call.span.line) in asserted or sharing.is_guarded(call.arguments[0], call):
            continue
        yield _finding(call)


def _finding(call: Call) -> Finding:
    what = call.arguments[0].text
    return rule.finding(
        call.function.file,
        call.span,
        f"another thread can take a reference to '{what}', or use one that was never counted, after its count was "
        "compared with one",
        fix=f"ask PyUnstable_Object_IsUniquelyReferenced({what}) (Python 3.14; pythoncapi-compat has it for older "
        "versions)",
    )


rule = Rule(
    code="UG401",
    slug="refcount-as-licence",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "an argument that is changed in place",
            """\
static PyObject *
negate(PyObject *self, PyObject *vector)
{
    if (Py_REFCNT(vector) == 1)  // <--
        return Vector_NegateInPlace(vector);
    return Vector_Negate(vector);
}
""",
        ),
        Good(
            "the question that the interpreter answers",
            """\
static PyObject *
negate(PyObject *self, PyObject *vector)
{
    if (PyUnstable_Object_IsUniquelyReferenced(vector))
        return Vector_NegateInPlace(vector);
    return Vector_Negate(vector);
}
""",
        ),
        Good(
            "a tuple that the function made, and an assertion",
            """\
static PyObject *
pair(PyObject *self, PyObject *value)
{
    assert(Py_REFCNT(value) >= 1);
    PyObject *result = PyTuple_New(2);
    return Py_REFCNT(result) == 1 ? result : NULL;
}
""",
        ),
    ),
)
