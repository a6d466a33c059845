"""A pointer into a bytearray is used while another thread can resize it.

What it finds
    ``PyByteArray_AS_STRING()`` and ``PyByteArray_AsString()`` on a bytearray that the function did not make itself,
    outside a critical section on it.

Why it is unsafe without the GIL
    Another thread that appends to the bytearray moves its memory and frees the old block: the pointer dangles, and
    a size that was read before is wrong. Nothing tells the bytearray that somebody looks at its bytes.

How to fix it
    Export the buffer with ``PyObject_GetBuffer()`` and release it with ``PyBuffer_Release()``: meanwhile the
    bytearray refuses to be resized. Or hold a critical section (Python 3.13) on it while the pointer is used.

References
    https://docs.python.org/3/c-api/buffer.html#c.PyObject_GetBuffer
    https://docs.python.org/3/howto/free-threading-extensions.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.borrows import report
from ungil.facts.model import Facts
from ungil.facts.native.borrowing import Borrow, borrows_from_shared
from ungil.rule import Bad, Finding, Good, Rule, Severity

_CALLS = frozenset({"PyByteArray_AS_STRING", "PyByteArray_AsString"})
_HAPPENS = "another thread can resize '{owner}' and free its bytes while this one uses a pointer to them"


def check(facts: Facts) -> Iterator[Finding]:
    """Every pointer into a bytearray which others can reach."""
    return report(rule, borrows_from_shared(facts, _CALLS, tested=True), _HAPPENS, _fix)


def _fix(pointer: Borrow) -> str:
    return f"export the buffer: PyObject_GetBuffer({pointer.owner}, ...), and PyBuffer_Release() when done"


rule = Rule(
    code="UG112",
    slug="raw-bytearray-pointer",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "the bytes of an argument",
            """\
static PyObject *
checksum(PyObject *self, PyObject *array)
{
    Py_ssize_t size = PyByteArray_GET_SIZE(array);
    const char *bytes = PyByteArray_AS_STRING(array);  // <--
    return PyLong_FromUnsignedLong(crc32(bytes, size));
}
""",
        ),
        Good(
            "an exported buffer",
            """\
static PyObject *
checksum(PyObject *self, PyObject *array)
{
    Py_buffer view;
    if (PyObject_GetBuffer(array, &view, PyBUF_SIMPLE) < 0)
        return NULL;
    unsigned long sum = crc32(view.buf, view.len);
    PyBuffer_Release(&view);
    return PyLong_FromUnsignedLong(sum);
}
""",
        ),
        Good(
            "a bytearray that was just made",
            """\
static PyObject *
random_bytes(PyObject *self, PyObject *unused)
{
    PyObject *array = PyByteArray_FromStringAndSize(NULL, 16);
    if (array != NULL)
        fill(PyByteArray_AS_STRING(array), 16);
    return array;
}
""",
        ),
        Good(
            "bytes, which nobody can change",
            """\
static PyObject *
checksum(PyObject *self, PyObject *bytes)
{
    return PyLong_FromUnsignedLong(crc32(PyBytes_AS_STRING(bytes), PyBytes_GET_SIZE(bytes)));
}
""",
        ),
    ),
)
