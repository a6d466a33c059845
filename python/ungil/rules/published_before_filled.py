"""A new object is put where other threads find it before its fields are filled.

What it finds
    A function that makes an object (``PyObject_New()``, ``PyObject_GC_New()``, ``tp_alloc``), stores it in a dict, a
    list, an attribute or another object's field, and sets its own fields after that. Where the field of another object
    is the only place it is stored, which may be one thread's, it is noted.

Why it is unsafe without the GIL
    From the moment it is stored another thread can find the object, and that thread reads fields that are still NULL or
    hold what was in the memory before. Filling it first and storing it last is enough only if the store has release
    order, as those of the C API have.

How to fix it
    Fill first, store last. If the object must be found while it is filled, because it refers to itself, let other
    threads wait: hold one lock from the look-up to the end of the filling, or mark it ready with an atomic flag that
    every finder tests.

References
    https://docs.python.org/3/howto/free-threading-extensions.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """Each such object, where it is stored."""
    for early in facts.early_publications:
        if early.locks:
            continue
        yield rule.finding(
            early.function.file,
            early.span,
            f"another thread can find '{early.name}' from here on, while this one fills its fields from line "
            f"{early.fill.line} on: it reads NULL, or what was in the memory before",
            fix="fill the object first and store it last, or hold one lock from the look-up to the end of the filling",
            severity=None if early.by_call else Severity.NOTE,
            evidence=(f"'{early.name}' is made in this function; a field is set at line {early.fill.line}",),
        )


rule = Rule(
    code="UG219",
    slug="published-before-filled",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a cache on the class",
            """\
static PyObject *
info_of(PyObject *cls)
{
    Info *info = PyObject_GC_New(Info, &Info_Type);
    if (info == NULL || PyObject_SetAttrString(cls, "__info__", (PyObject *)info) < 0)  // <--
        return NULL;
    info->fields = collect_fields(cls);
    return (PyObject *)info;
}
""",
        ),
        Good(
            "filled first, stored last",
            """\
static PyObject *
info_of(PyObject *cls)
{
    Info *info = PyObject_GC_New(Info, &Info_Type);
    if (info == NULL)
        return NULL;
    info->fields = collect_fields(cls);
    if (PyObject_SetAttrString(cls, "__info__", (PyObject *)info) < 0)
        return NULL;
    return (PyObject *)info;
}
""",
        ),
        Bad(
            "a field of another object",
            """\
static int
grow(Tree *self)
{
    Node *node = PyObject_New(Node, &Node_Type);
    if (node == NULL)
        return -1;
    self->root = node;  // <--
    node->left = make_leaf();
    return 0;
}
""",
        ),
        Good(
            "a container that nobody else has yet",
            """\
static PyObject *
single(PyObject *self, PyObject *unused)
{
    PyObject *list = PyList_New(0);
    Node *node = PyObject_New(Node, &Node_Type);
    if (PyList_Append(list, (PyObject *)node) < 0)
        return NULL;
    node->left = make_leaf();
    return list;
}
""",
        ),
    ),
)
