"""Memory is taken from one allocator and given to another, or from one that needs a thread state.

What it finds
    A pointer that one family of functions allocated (``PyMem_RawMalloc()``, ``PyMem_Malloc()``, ``PyObject_Malloc()``,
    ``malloc()``) and another family frees, in one function; ``PyMem_Malloc()``, ``PyObject_Malloc()`` and their kin
    called while the thread is detached.

Why it is unsafe without the GIL
    On a free-threaded build the ``PyMem_`` and ``PyObject_`` families take memory from heaps that belong to the thread
    state: without one the allocator dereferences NULL, and memory that is handed to the wrong family corrupts a heap.
    The object heaps are also walked by the garbage collector. On GIL-enabled builds small blocks of both families come
    from one pool, so a mistake is often not seen.

How to fix it
    Free with the function of the family that allocated; while detached use ``PyMem_RawMalloc()`` and ``PyMem_RawFree()``.

References
    https://docs.python.org/3/howto/free-threading-extensions.html#memory-allocation-apis
    https://docs.python.org/3/c-api/memory.html#allocator-domains
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Call, Facts
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity


_FAMILIES = {
    "PyMem_Raw": ("PyMem_RawMalloc", "PyMem_RawCalloc", "PyMem_RawRealloc"),
    "PyMem": (
        "PyMem_Malloc",
        "PyMem_Calloc",
        "PyMem_Realloc",
        "PyMem_New",
        "PyMem_NEW",
        "PyMem_MALLOC",
        "PyMem_REALLOC",
    ),
    "PyObject": ("PyObject_Malloc", "PyObject_Calloc", "PyObject_Realloc", "PyObject_MALLOC", "PyObject_REALLOC"),
    "malloc": ("malloc", "calloc", "realloc", "strdup", "strndup", "asprintf"),
}
_FAMILY = {name: family for family, names in _FAMILIES.items() for name in names}
_FREES = {
    "PyMem_RawFree": "PyMem_Raw",
    "PyMem_Free": "PyMem",
    "PyMem_FREE": "PyMem",
    "PyMem_Del": "PyMem",
    "PyObject_Free": "PyObject",
    "PyObject_FREE": "PyObject",
    "free": "malloc",
}
_NEEDS_STATE = frozenset(
    {
        *_FAMILIES["PyMem"],
        *_FAMILIES["PyObject"],
        "PyMem_Free",
        "PyMem_FREE",
        "PyMem_Del",
        "PyObject_Free",
        "PyObject_FREE",
    }
)


def check(facts: Facts) -> Iterator[Finding]:
    """Memory that the wrong family frees, and families that want a thread state where there is none."""
    for call in facts.calls_to(frozenset(_FREES)):
        yield from _mismatch(call)
    for file in facts.files:
        reported = set()
        for call in file.detached_calls:
            if call.name in _NEEDS_STATE and call.function.key not in reported and not call.function.resolve(call.name):
                reported.add(call.function.key)
                yield _detached(call)


def _mismatch(call: Call) -> Iterator[Finding]:
    if call.is_member or len(call.arguments) != 1:
        return
    value = call.arguments[0]
    families = {_FAMILY.get(producer) for producer in value.producers}
    wrong = families - {_FREES[call.name], None}
    if value.origin == "local" and len(families) == 1 and wrong:
        maker = next(producer for producer in value.producers if producer)
        yield rule.finding(
            call.function.file,
            call.span,
            f"{call.name}() gives '{value.text}' to another allocator than {maker}() took it from: on a free-threaded "
            "build the two have heaps of their own, and other threads allocate from them meanwhile",
            fix=f"free it with the function that belongs to {maker}()",
            evidence=(f"'{value.text}' comes from {maker}()",),
        )


def _detached(call: Call) -> Finding:
    return rule.finding(
        call.function.file,
        call.span,
        f"{call.name}() takes its heap from the thread state, which a detached thread does not have",
        fix="use PyMem_RawMalloc() and PyMem_RawFree() while detached",
        confidence=Confidence.MEDIUM,
    )


rule = Rule(
    code="UG501",
    slug="allocator-domain-mismatch",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "freed by another family",
            """\
static PyObject *
scramble(PyObject *self, PyObject *unused)
{
    char *buffer = PyMem_Malloc(64);
    if (buffer == NULL)
        return PyErr_NoMemory();
    PyObject *result = PyBytes_FromStringAndSize(buffer, fill(buffer, 64));
    free(buffer);  // <--
    return result;
}
""",
        ),
        Good(
            "freed by the family that allocated",
            """\
static PyObject *
scramble(PyObject *self, PyObject *unused)
{
    char *buffer = PyMem_Malloc(64);
    if (buffer == NULL)
        return PyErr_NoMemory();
    PyObject *result = PyBytes_FromStringAndSize(buffer, fill(buffer, 64));
    PyMem_Free(buffer);
    return result;
}
""",
        ),
        Bad(
            "allocated while the thread is detached",
            """\
static PyObject *
scramble(PyObject *self, PyObject *unused)
{
    char *buffer;
    Py_BEGIN_ALLOW_THREADS
    buffer = PyMem_Malloc(1 << 20);  // <--
    if (buffer != NULL)
        crunch(buffer);
    Py_END_ALLOW_THREADS
    PyMem_Free(buffer);
    return Py_NewRef(Py_None);
}
""",
        ),
        Good(
            "raw memory, which needs no thread state",
            """\
static PyObject *
scramble(PyObject *self, PyObject *unused)
{
    char *buffer;
    Py_BEGIN_ALLOW_THREADS
    buffer = PyMem_RawMalloc(1 << 20);
    if (buffer != NULL)
        crunch(buffer);
    PyMem_RawFree(buffer);
    Py_END_ALLOW_THREADS
    return Py_NewRef(Py_None);
}
""",
        ),
    ),
)
