"""A reference count is set or changed by hand.

What it finds
    The member ``ob_refcnt`` of ``PyObject`` and ``PyVarObject``, which the struct of a free-threaded build does not
    have; and ``Py_SET_REFCNT()`` outside code that runs only while the module is initialised, which is a warning.

Why it is unsafe without the GIL
    The count is in two parts, one of the thread that made the object and one of all others, and some objects have
    none. Setting it overwrites what other threads count at that moment; counting a plain integer up loses updates.

How to fix it
    Use ``Py_INCREF()``, ``Py_DECREF()`` and ``Py_NewRef()``. To keep an object that is being destroyed, use a
    ``tp_finalize`` slot, which may resurrect it.

References
    https://docs.python.org/3/howto/free-threading-extensions.html
    https://docs.python.org/3/c-api/typeobj.html#c.PyTypeObject.tp_finalize
    https://github.com/python/cpython/issues/127582
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Call, Facts, Member
from ungil.rule import Bad, Finding, Good, Rule, Severity

_STRUCTS = frozenset({"PyObject", "PyVarObject"})


def check(facts: Facts) -> Iterator[Finding]:
    """Every use of the member, and every count that is set, once for each object in a function."""
    seen = set()
    for member in facts.members({"ob_refcnt"}):
        question = (member.function.key, member.owner.text)
        if question not in seen and (member.type in _STRUCTS or member.owner.name == "ob_base"):
            seen.add(question)
            yield _no_such_member(member)
    for call in facts.calls_to({"Py_SET_REFCNT"}):
        if call.arguments and not (call.function.only_initialises or call.arguments[0].on_stack):
            yield _set_by_hand(call)


def _no_such_member(member: Member) -> Finding:
    return rule.finding(
        member.function.file,
        member.span,
        f"'{member.owner.text}' has no ob_refcnt on a free-threaded build, where other threads count in a part of "
        "their own: "
        "this does not compile",
        fix="use Py_REFCNT() to look at the count, and Py_INCREF() and Py_DECREF() to change it",
    )


def _set_by_hand(call: Call) -> Finding:
    return rule.finding(
        call.function.file,
        call.span,
        f"another thread can be counting '{call.arguments[0].text}' while this one overwrites its count",
        fix="use Py_INCREF() and Py_DECREF(), or tp_finalize to keep an object that is being destroyed",
        severity=Severity.WARNING,
    )


rule = Rule(
    code="UG402",
    slug="manual-refcount",
    severity=Severity.ERROR,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a count that is changed by hand",
            """\
static void
keep(PyObject *object)
{
    ((PyObject *)object)->ob_refcnt++;  // <--
}
""",
        ),
        Good(
            "the functions that count",
            """\
static void
keep(PyObject *object)
{
    Py_INCREF(object);
}
""",
        ),
        Bad(
            "an object that is called back to life",
            """\
static void
node_dealloc(PyObject *self)
{
    Py_SET_REFCNT(self, 1);  // <--
    call_observer(self);
    Py_TYPE(self)->tp_free(self);
}

static PyType_Slot slots[] = {{Py_tp_dealloc, node_dealloc}, {0, NULL}};
""",
        ),
        Good(
            "a count of the project itself",
            """\
static void
keep(Shared *shared)
{
    atomic_fetch_add(&shared->refcount, 1);
}
""",
        ),
    ),
)
