"""The place of an object's attribute dict is used directly.

What it finds
    ``_PyObject_GetDictPtr()`` outside finalisers and code that runs only while the module is initialised.

Why it is unsafe without the GIL
    The function returns the address of the field that holds the dict. Reading it takes no reference: another thread
    that sets ``__dict__`` frees the dict while this one uses it. Writing it races with the interpreter's own lock
    on the object, and misses attributes that are kept in the object itself.

How to fix it
    Read attributes with ``PyObject_GetAttr()`` or ask for ``__dict__``; give the type ``PyObject_GenericGetDict()``
    and ``PyObject_GenericSetDict()`` as its getter and setter. They lock.

References
    https://docs.python.org/3/c-api/object.html#c.PyObject_GenericGetDict
    https://github.com/python/cpython/issues/112075
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.facts.native.containers import runs_alone
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity

_CALLS = frozenset({"_PyObject_GetDictPtr"})


def check(facts: Facts) -> Iterator[Finding]:
    """Every such call, once in a function."""
    seen = set()
    for call in facts.calls_to(_CALLS):
        if runs_alone(call) or not call.arguments or call.function.key in seen:
            continue
        seen.add(call.function.key)
        owner = call.arguments[0].text
        yield rule.finding(
            call.function.file,
            call.span,
            f"another thread can set __dict__ of '{owner}' and free the dict while this one uses it through its "
            "address",
            fix=f"call PyObject_GenericGetDict({owner}, NULL), which returns a strong reference, or PyObject_GetAttr()",
            confidence=Confidence.MEDIUM,
        )


rule = Rule(
    code="UG113",
    slug="instance-dict-pointer",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "attributes that are read through the address of the dict",
            """\
static PyObject *
state_of(PyObject *self, PyObject *unused)
{
    PyObject **dict = _PyObject_GetDictPtr(self);  // <--
    if (dict == NULL || *dict == NULL)
        return PyDict_New();
    return PyDict_Copy(*dict);
}
""",
        ),
        Good(
            "a strong reference to the dict",
            """\
static PyObject *
state_of(PyObject *self, PyObject *unused)
{
    PyObject *dict = PyObject_GenericGetDict(self, NULL);
    if (dict == NULL)
        return NULL;
    PyObject *copy = PyDict_Copy(dict);
    Py_DECREF(dict);
    return copy;
}
""",
        ),
        Good(
            "an object that is being destroyed",
            """\
static void
shelf_dealloc(PyObject *self)
{
    PyObject **dict = _PyObject_GetDictPtr(self);
    if (dict != NULL)
        Py_CLEAR(*dict);
    Py_TYPE(self)->tp_free(self);
}

static PyType_Slot slots[] = {{Py_tp_dealloc, shelf_dealloc}, {0, NULL}};
""",
        ),
    ),
)
