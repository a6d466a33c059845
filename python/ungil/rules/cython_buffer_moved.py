"""A Cython object moves memory that it has exported as a buffer.

What it finds
    A ``cdef class`` with ``__getbuffer__`` that exports a pointer attribute, of which another method replaces the
    pointer or passes it to ``realloc()``: where nothing counts the exports, or where the count is changed or tested
    without a lock, which is a note. One finding for each class.

Why it is unsafe without the GIL
    Who holds the ``memoryview`` or array reads the old memory for as long as it likes. Without a count nothing keeps
    the object from moving it. With a count that is bumped without a lock, two exports at once lose one, and the
    method that asks whether there are any is told that there are none.

How to fix it
    Count the exports in ``__getbuffer__`` and ``__releasebuffer__``, and refuse to move the memory while there are any
    (``BufferError``), all under one ``with cython.critical_section(self)`` (Cython 3.1).

References
    https://cython.readthedocs.io/en/latest/src/userguide/buffer.html
    https://cython.readthedocs.io/en/latest/src/userguide/freethreading.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.cython.model import CythonClass, CythonFunction, Effect, Holds, Place, Role
from ungil.facts.model import Facts
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity

_MOVES = {"realloc", "PyMem_Realloc", "PyMem_RawRealloc", "PyObject_Realloc"}


def check(facts: Facts) -> Iterator[Finding]:
    """Every class that moves what it exports."""
    for one in facts.cython.classes:
        exports = next((method for method in one.methods if method.name == "__getbuffer__"), None)
        if exports is None:
            continue
        shown = {a.name for a in exports.accesses if a.of_self}
        pointers = {name for name in shown if name in one.attributes and one.attributes[name].holds is Holds.POINTER}
        counts = {
            a.name: a for a in exports.accesses if a.of_self and a.effect is Effect.UPDATE and a.name in one.attributes
        }
        for method in one.methods:
            where = _moves(method, pointers) if method.role is Role.ORDINARY and method is not exports else None
            if where is None:
                continue
            tested = [a for m in one.methods for a in m.accesses if a.name in counts and a.effect is Effect.READ]
            unlocked = any(not access.guards for access in (*counts.values(), *tested))
            if not tested or (unlocked and not (exports.guard and method.guard)):
                yield _finding(one, exports, method, where, is_counted=bool(tested))
                break


def _moves(method: CythonFunction, pointers: set[str]) -> Place | None:
    for access in method.accesses:
        if access.of_self and access.name in pointers and access.effect is Effect.WRITE and not access.field:
            return access.place
    paths = {f"self.{name}" for name in pointers}
    return next((c.place for c in method.calls if c.last in _MOVES and paths.intersection(c.arguments[:1])), None)


def _finding(
    one: CythonClass, exports: CythonFunction, method: CythonFunction, where: Place, *, is_counted: bool
) -> Finding:
    how = "the count of exports is not guarded by one lock" if is_counted else "nothing counts the exports"
    return rule.finding(
        method.file,
        where,
        f"{one.name}.{method.name}() replaces memory that __getbuffer__ has handed out, and {how}: a memoryview in "
        "another thread reads what was freed",
        fix="count the exports and refuse to move the memory while there are any, under one critical_section "
        "(Cython 3.1)",
        confidence=Confidence.MEDIUM,
        severity=Severity.NOTE if is_counted else None,
        evidence=(f"exported in line {exports.place.line}",),
    )


rule = Rule(
    code="UG624",
    slug="cython-buffer-moved",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "nothing counts",
            """\
# cython: freethreading_compatible=True
cimport cython
from cpython.buffer cimport PyBuffer_FillInfo
from libc.stdlib cimport free, malloc, realloc

cdef class Bytes:
    cdef char *data
    cdef Py_ssize_t size

    def __getbuffer__(self, Py_buffer *view, int flags):
        PyBuffer_FillInfo(view, self, self.data, self.size, 0, flags)

    def grow(self, Py_ssize_t size):
        with cython.critical_section(self):
            self.data = <char *>realloc(self.data, size)  # <--
            self.size = size
""",
            "example.pyx",
        ),
        Good(
            "counted under one lock",
            """\
# cython: freethreading_compatible=True
cimport cython
from cpython.buffer cimport PyBuffer_FillInfo
from libc.stdlib cimport free, malloc, realloc

cdef class Bytes:
    cdef char *data
    cdef Py_ssize_t size
    cdef int exports

    def __getbuffer__(self, Py_buffer *view, int flags):
        with cython.critical_section(self):
            PyBuffer_FillInfo(view, self, self.data, self.size, 0, flags)
            self.exports += 1

    def __releasebuffer__(self, Py_buffer *view):
        with cython.critical_section(self):
            self.exports -= 1

    def grow(self, Py_ssize_t size):
        with cython.critical_section(self):
            if self.exports:
                raise BufferError("exported")
            self.data = <char *>realloc(self.data, size)
            self.size = size
""",
            "example.pyx",
        ),
        Good(
            "the memory of another object",
            """\
# cython: freethreading_compatible=True
from cpython.buffer cimport PyBuffer_FillInfo
from libc.stdlib cimport realloc

cdef struct Node:
    char *data

cdef Node *head()

cdef class Bytes:
    cdef char *data
    cdef Py_ssize_t size

    def __getbuffer__(self, Py_buffer *view, int flags):
        PyBuffer_FillInfo(view, self, self.data, self.size, 0, flags)

    def grow(self, Py_ssize_t size):
        cdef Node *node = head()
        node.data = <char *>realloc(node.data, size)
""",
            "example.pyx",
        ),
        Good(
            "memory that stays where it is",
            """\
# cython: freethreading_compatible=True
from cpython.buffer cimport PyBuffer_FillInfo
from libc.stdlib cimport free, malloc

cdef class Bytes:
    cdef char *data
    cdef Py_ssize_t size

    def __cinit__(self, Py_ssize_t size):
        self.data = <char *>malloc(size)
        self.size = size

    def __dealloc__(self):
        free(self.data)

    def __getbuffer__(self, Py_buffer *view, int flags):
        PyBuffer_FillInfo(view, self, self.data, self.size, 0, flags)
""",
            "example.pyx",
        ),
    ),
)
