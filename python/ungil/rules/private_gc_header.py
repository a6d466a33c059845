"""The header of the garbage collector in front of an object is used.

What it finds
    ``PyGC_Head``, ``_Py_AS_GC()`` and their kin in calls and macros, and the members ``_gc_next`` and ``_gc_prev``
    of a struct that copies the header.

Why it is unsafe without the GIL
    On a free-threaded build objects have no such header: what stands in front of them is another object, or memory
    that the allocator uses. A read gives garbage, a write destroys what another thread keeps there.

How to fix it
    Ask ``PyObject_GC_IsTracked()`` and ``PyObject_IS_GC()``, and change the state with ``PyObject_GC_Track()`` and
    ``PyObject_GC_UnTrack()``.

References
    https://docs.python.org/3/c-api/gcsupport.html
    https://docs.python.org/3/howto/free-threading-extensions.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts, File, Span
from ungil.rule import Bad, Finding, Good, Rule, Severity

_NAMES = frozenset({"PyGC_Head", "_Py_AS_GC", "_Py_FROM_GC", "AS_GC", "_PyGCHead_NEXT", "_PyGCHead_PREV"})
_MEMBERS = frozenset({"_gc_next", "_gc_prev", "gc_next", "gc_refs"})
_COPIED = frozenset({"_gc_next", "_gc_prev"})


def check(facts: Facts) -> Iterator[Finding]:
    """The first use of the header in each function, and each macro that gets at it."""
    for file in facts.files:
        for name, span in file.macros_with(set(_NAMES | _COPIED)):
            yield _finding(file, span, f"the macro {name}")
        for span, name in _uses(file).values():
            yield _finding(file, span, name)


def _uses(file: File) -> dict[tuple[int, int], tuple[Span, str]]:
    first: dict[tuple[int, int], tuple[Span, str]] = {}
    for call in file.calls_to(set(_NAMES)):
        first.setdefault(call.function.key, (call.span, call.name))
    for member in file.members(set(_MEMBERS)):
        if member.name in _COPIED or member.type == "PyGC_Head":
            first.setdefault(member.function.key, (member.span, member.name))
    return first


def _finding(file: File, span: Span, what: str) -> Finding:
    return rule.finding(
        file,
        span,
        f"{what} reaches for a header that objects of a free-threaded build do not have: the memory there is another "
        "object's, which another thread may be using",
        fix="ask PyObject_GC_IsTracked(), and change the state with PyObject_GC_Track() and PyObject_GC_UnTrack()",
    )


rule = Rule(
    code="UG409",
    slug="private-gc-header",
    severity=Severity.ERROR,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a copied header",
            """\
typedef struct {
    uintptr_t _gc_next;
    uintptr_t _gc_prev;
} GCHead;

#define IS_TRACKED(o) (((GCHead *)(o) - 1)->_gc_next != 0)  // <--

static PyObject *
is_tracked(PyObject *self, PyObject *object)
{
    return PyBool_FromLong(IS_TRACKED(object));
}
""",
        ),
        Good(
            "the function that knows",
            """\
static PyObject *
is_tracked(PyObject *self, PyObject *object)
{
    return PyBool_FromLong(PyObject_GC_IsTracked(object));
}
""",
        ),
        Bad(
            "the private macro",
            """\
static PyObject *
next_address(PyObject *self, PyObject *object)
{
    PyGC_Head *head = _Py_AS_GC(object);  // <--
    return PyLong_FromVoidPtr((void *)head->_gc_next);
}
""",
        ),
        Good(
            "a branch that only GIL-enabled builds compile",
            """\
static int
is_tracked(PyObject *object)
{
#ifdef Py_GIL_DISABLED
    return PyObject_GC_IsTracked(object);
#else
    return _Py_AS_GC(object)->_gc_next != 0;
#endif
}
""",
        ),
    ),
)
