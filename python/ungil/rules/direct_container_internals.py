"""The inside of a list, dict or type is used without its functions.

What it finds
    ``ob_item`` and ``allocated`` of a ``PyListObject``, ``ma_keys``, ``ma_values`` and ``ma_used`` of a
    ``PyDictObject``, ``ob_start`` and ``ob_bytes`` of a ``PyByteArrayObject``, writes to ``ob_size`` of these, and
    ``tp_dict`` of a type whose dict the function also changes. Objects that the function made itself, objects
    locked by a critical section, and code that runs only while the module is initialised are left alone.

Why it is unsafe without the GIL
    The functions of these types take the object's lock or read atomically; the fields do neither. Another thread
    that appends to the list moves the vector and frees the old one while this one still reads it. A type's dict
    that is changed behind the type's back leaves the attribute caches of all threads stale.

How to fix it
    Use the functions: ``PyList_GetItemRef()`` (Python 3.13), ``PyDict_GetItemRef()`` (3.13),
    ``PyObject_GetBuffer()``, ``PyType_GetDict()`` (3.12) and ``PyObject_SetAttr()`` on the type. Where the vector
    itself is needed, hold a critical section (3.13) on the object for as long as it is used.

References
    https://docs.python.org/3/howto/free-threading-extensions.html
    https://docs.python.org/3/c-api/list.html#c.PyList_GetItemRef
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil import capi
from ungil.facts.model import Facts, Member
from ungil.facts.native.containers import runs_alone
from ungil.facts.native.internals import open_members
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity

_ADVICE = {
    "PyListObject": "PyList_GetItemRef() (Python 3.13)",
    "PyDictObject": "the PyDict functions",
    "PyByteArrayObject": "PyObject_GetBuffer()",
}
_FIELDS = frozenset({"ob_item", "allocated", "ma_keys", "ma_values", "ma_used", "ob_start", "ob_bytes", "ob_alloc"})
_WRITTEN = frozenset({"ob_size"})
_CHANGES = capi.changing() | {"PyType_Modified"}


def check(facts: Facts) -> Iterator[Finding]:
    """Every use of the inside of a container which others can reach."""
    types = frozenset(_ADVICE)
    for members in open_members(facts, _FIELDS | _WRITTEN, types):
        used = [member for member in members if member.name in _FIELDS or member.is_written]
        if used:
            yield _inside(used[0])
    yield from _type_dicts(facts)


def _inside(member: Member) -> Finding:
    what = f"{member.name} of '{member.owner.text}'"
    return rule.finding(
        member.function.file,
        member.span,
        f"another thread can resize the object and free its memory while this one uses {what}, which no lock guards",
        fix=f"use {_ADVICE[member.type]}, or hold a critical section (Python 3.13) on '{member.owner.text}'",
        severity=Severity.NOTE if member.name == "ma_used" else None,
        confidence=Confidence.MEDIUM,
    )


def _type_dicts(facts: Facts) -> Iterator[Finding]:
    """The first use of a type's dict in each function that also changes it."""
    changed = {
        (call.function.key, call.arguments[0].text)
        for call in facts.calls_to(_CHANGES)
        if call.arguments and call.arguments[0].name == "tp_dict" and not runs_alone(call)
    }
    for member in facts.members({"tp_dict"}) if changed else ():
        question = (member.function.key, f"{member.owner.text}->tp_dict")
        if question in changed:
            changed.remove(question)
            yield rule.finding(
                member.function.file,
                member.span,
                "another thread can look up an attribute while this one changes the dict of "
                f"'{member.owner.text}' behind "
                "the type's back, and borrow what is replaced",
                fix=f"set the attribute with PyObject_SetAttr({member.owner.text}, ...), and read it with "
                "PyObject_GetAttr()",
                confidence=Confidence.MEDIUM,
            )


rule = Rule(
    code="UG110",
    slug="direct-container-internals",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "the vector of a list that the caller passed in",
            """\
static PyObject *
encode(PyObject *self, PyObject *list)
{
    PyObject **items = ((PyListObject *)list)->ob_item;  // <--
    return encode_items(items, PyList_GET_SIZE(list));
}
""",
        ),
        Good(
            "the vector inside a critical section",
            """\
static PyObject *
encode(PyObject *self, PyObject *list)
{
    PyObject *result;
    Py_BEGIN_CRITICAL_SECTION(list);
    result = encode_items(((PyListObject *)list)->ob_item, PyList_GET_SIZE(list));
    Py_END_CRITICAL_SECTION();
    return result;
}
""",
        ),
        Bad(
            "the dict of a type, changed behind its back",
            """\
static PyObject *
set_doc(PyObject *self, PyObject *args)
{
    PyTypeObject *type;
    PyObject *doc;
    if (!PyArg_ParseTuple(args, "OO", &type, &doc))
        return NULL;
    if (PyDict_SetItemString(type->tp_dict, "__doc__", doc) < 0)  // <--
        return NULL;
    Py_RETURN_NONE;
}
""",
        ),
        Good(
            "the items of a tuple, which nobody can change",
            """\
static PyObject *
encode(PyObject *self, PyObject *tuple)
{
    return encode_items(((PyTupleObject *)tuple)->ob_item, PyTuple_GET_SIZE(tuple));
}
""",
        ),
        Good(
            "a bytearray that the function made",
            """\
static PyObject *
zeros(PyObject *self, PyObject *unused)
{
    PyObject *array = PyByteArray_FromStringAndSize(NULL, 16);
    if (array != NULL)
        memset(((PyByteArrayObject *)array)->ob_start, 0, 16);
    return array;
}
""",
        ),
    ),
)
