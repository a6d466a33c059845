"""The list of weak references is looked at before it is cleared.

What it finds
    ``PyObject_ClearWeakRefs()`` under a test of a member whose name speaks of weak references.

Why it is unsafe without the GIL
    The interpreter changes the list atomically, under a lock of its own, since a thread may be dropping a weak
    reference while another destroys its target. The plain read races with that write. The harm is small, so this is
    a note.

How to fix it
    Call ``PyObject_ClearWeakRefs()`` always: it does nothing when there are none.

References
    https://docs.python.org/3/c-api/weakref.html#c.PyObject_ClearWeakRefs
    https://github.com/python/cpython/issues/135607
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """Every call that such a test guards."""
    for call in facts.calls_to({"PyObject_ClearWeakRefs"}):
        tested = [subject for predicate, subject, holds in call.known if not predicate and holds and _is_list(subject)]
        if tested:
            yield rule.finding(
                call.function.file,
                call.span,
                f"another thread can drop a weak reference and so write '{tested[0]}' while this one reads it "
                "without the "
                "lock that guards it",
                fix="call PyObject_ClearWeakRefs() without the test",
            )


def _is_list(subject: str) -> bool:
    return "weak" in subject.rpartition(">")[2].lower()


rule = Rule(
    code="UG404",
    slug="weakreflist-test-in-dealloc",
    severity=Severity.NOTE,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a test before the call",
            """\
static void
node_dealloc(Node *self)
{
    if (self->weakreflist != NULL)
        PyObject_ClearWeakRefs((PyObject *)self);  // <--
    Py_TYPE(self)->tp_free((PyObject *)self);
}
""",
        ),
        Good(
            "the call alone",
            """\
static void
node_dealloc(Node *self)
{
    PyObject_ClearWeakRefs((PyObject *)self);
    Py_TYPE(self)->tp_free((PyObject *)self);
}
""",
        ),
        Good(
            "a test of something else",
            """\
static void
node_dealloc(Node *self)
{
    if (self->is_referable)
        PyObject_ClearWeakRefs((PyObject *)self);
    Py_TYPE(self)->tp_free((PyObject *)self);
}
""",
        ),
    ),
)
