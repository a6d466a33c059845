"""The bytes of a bytearray are used while the thread is detached, and the lock on it is suspended.

What it finds
    The pointer of ``PyByteArray_AS_STRING()`` or ``PyByteArray_AsString()``, taken inside a critical section, that is
    used in a region in which the thread is detached. Without a critical section, ``raw-bytearray-pointer`` speaks of
    the pointer itself. A buffer that was asked for with ``PyObject_GetBuffer()`` holds the bytearray in place and is
    left alone: that nobody writes to its bytes meanwhile is the caller's duty.

Why it is unsafe without the GIL
    A thread that detaches gives up its critical sections until it is attached again, and the pointer is not counted
    as an export. Any other thread may resize or clear the bytearray, which frees or moves its bytes under this one: a
    read or write of freed memory, on every build, since a detached thread holds no GIL either.

How to fix it
    Take a ``Py_buffer`` with ``PyObject_GetBuffer()`` (or the format ``y*`` or ``w*``) for as long as the bytes are
    used; a bytearray with an export refuses to be resized.

References
    https://docs.python.org/3/c-api/buffer.html
    https://docs.python.org/3/c-api/bytearray.html#c.PyByteArray_AsString
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Call, Facts, Region
from ungil.rule import Bad, Finding, Good, Rule, Severity

_POINTERS = frozenset({"PyByteArray_AS_STRING", "PyByteArray_AsString"})


def check(facts: Facts) -> Iterator[Finding]:
    """The first use in each region of bytes that a critical section was meant to hold."""
    reported = set()
    for call in facts.calls_to(_POINTERS):
        if not any(lock.is_critical_section for lock in call.locks):
            continue
        for region in call.function.detached:
            used = _use(region) if (region.function.key, region.span.line) not in reported else None
            if used is not None:
                reported.add((region.function.key, region.span.line))
                yield rule.finding(
                    call.function.file,
                    used.span,
                    f"{used.name}() uses the bytes of a bytearray while this thread is detached, which suspends its "
                    "critical section: another thread can resize the bytearray and free them",
                    fix="take a Py_buffer with PyObject_GetBuffer() and release it after the region",
                    evidence=(f"the pointer comes from {call.name}() in line {call.span.line}",),
                )


def _use(region: Region) -> Call | None:
    for call in region.calls:
        for value in call.arguments:
            if not _POINTERS.isdisjoint(value.producers) or (value.origin == "result" and value.name in _POINTERS):
                return call
    return None


rule = Rule(
    code="UG506",
    slug="raw-bytes-of-mutable-buffer",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "reading a file into a bytearray",
            """\
static PyObject *
read_into(PyObject *self, PyObject *array)
{
    Py_ssize_t size;
    Py_BEGIN_CRITICAL_SECTION(array);
    char *bytes = PyByteArray_AS_STRING(array);
    size = PyByteArray_GET_SIZE(array);
    Py_BEGIN_ALLOW_THREADS
    size = fill(bytes, size);  // <--
    Py_END_ALLOW_THREADS
    Py_END_CRITICAL_SECTION();
    return PyLong_FromSsize_t(size);
}
""",
        ),
        Good(
            "a buffer that keeps the bytearray as it is",
            """\
static PyObject *
read_into(PyObject *self, PyObject *array)
{
    Py_buffer view;
    Py_ssize_t size;
    if (PyObject_GetBuffer(array, &view, PyBUF_WRITABLE) < 0)
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    size = fill(view.buf, view.len);
    Py_END_ALLOW_THREADS
    PyBuffer_Release(&view);
    return PyLong_FromSsize_t(size);
}
""",
        ),
        Good(
            "a bytearray that nobody else has yet",
            """\
static PyObject *
receive(PyObject *self, PyObject *unused)
{
    PyObject *array = PyByteArray_FromStringAndSize(NULL, 4096);
    if (array == NULL)
        return NULL;
    char *bytes = PyByteArray_AS_STRING(array);
    Py_BEGIN_ALLOW_THREADS
    fill(bytes, 4096);
    Py_END_ALLOW_THREADS
    return array;
}
""",
        ),
    ),
)
