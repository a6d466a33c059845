"""Memory is freed while its pointer can still be reached.

What it finds
    A field that is freed first and given its new pointer afterwards, in a function that runs at any time. A warning
    for a field of the object itself without a lock; a note under one, since readers may not hold it, and for what is
    reached through a local, which may be nobody else's.

Why it is unsafe without the GIL
    Between the two steps the field points to freed memory. A thread that reads it there copies what is no longer its
    own, and one that replaces it too frees it a second time.

How to fix it
    Keep the old pointer in a local, store the new one, and free the old one last; all under one lock that the readers
    hold as well, like ``with cython.critical_section(self)`` (Cython 3.1).

References
    https://cython.readthedocs.io/en/latest/src/userguide/freethreading.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """Every field that is freed before it is replaced."""
    for function in facts.cython.shared_functions():
        for freed in function.freed:
            yield rule.finding(
                function.file,
                freed.place,
                f"'{freed.path}' points to freed memory until line {freed.replaced.line}: another thread can "
                "use it, or "
                "free it again",
                severity=None if freed.path.startswith("self.") and not freed.guards else Severity.NOTE,
                fix="store the new pointer first and free the old one last, under a lock that the readers hold too",
            )


rule = Rule(
    code="UG617",
    slug="cython-freed-before-replaced",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a string that is replaced",
            """\
# cython: freethreading_compatible=True
from libc.stdlib cimport free

cdef class Document:
    cdef dtd* c_dtd

    def set_id(self, bytes value):
        c_dtd = self.c_dtd
        if c_dtd.id:
            free(<void*>c_dtd.id)  # <--
        c_dtd.id = copy_of(value)
""",
            "example.pyx",
        ),
        Good(
            "replaced first, freed last",
            """\
# cython: freethreading_compatible=True
cimport cython
from libc.stdlib cimport free

cdef class Document:
    cdef dtd* c_dtd

    def set_id(self, bytes value):
        with cython.critical_section(self):
            c_dtd = self.c_dtd
            old = c_dtd.id
            c_dtd.id = copy_of(value)
            if old:
                free(<void*>old)
""",
            "example.pyx",
        ),
        Good(
            "at birth, and at the end",
            """\
# cython: freethreading_compatible=True
from libc.stdlib cimport free, malloc

cdef class Buffer:
    cdef char* data

    def __init__(self, int size):
        free(self.data)
        self.data = <char*>malloc(size)

    def __dealloc__(self):
        free(self.data)
        self.data = NULL
""",
            "example.pyx",
        ),
    ),
)
