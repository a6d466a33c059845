"""A typed memoryview of an object is replaced without a lock while other methods use it.

What it finds
    A method that assigns an attribute that is a typed memoryview, outside ``__cinit__`` and ``__init__`` and without a
    lock, where another method of the class uses it.

Why it is unsafe without the GIL
    A typed memoryview is a C struct: a pointer, shapes, strides and an owner with a count of its own. It is copied
    member by member. A reader on another thread can take the new pointer with the old shape and read out of bounds,
    or use memory whose owner has just been released.

How to fix it
    Never replace it after ``__init__``; or hold ``with cython.critical_section(self)`` (Cython 3.1) where it is
    replaced and where a local copy of it is taken.

References
    https://cython.readthedocs.io/en/latest/src/userguide/freethreading.html
    https://cython.readthedocs.io/en/latest/src/userguide/memoryviews.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.cython.model import Effect, Holds
from ungil.facts.cython.state import changes_by_method
from ungil.facts.model import Facts
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """Every method that replaces a memoryview; once."""
    for one, method, changes in changes_by_method(facts.cython):
        replaced = (c for c in changes if c.attribute.holds is Holds.MEMORYVIEW and not c.access.field)
        first = next((c for c in replaced if c.access.effect is Effect.WRITE), None)
        if first is not None:
            yield rule.finding(
                method.file,
                first.access.place,
                f"the memoryview '{first.access.path}' is replaced while another thread may be in "
                f"{one.name}.{first.others[0]}: it can see the new pointer with the old shape",
                fix="replace it under 'with cython.critical_section(self)' (Cython 3.1), and copy it to a local there",
            )


rule = Rule(
    code="UG612",
    slug="cython-memoryview-rebound",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a buffer that grows",
            """\
# cython: freethreading_compatible=True

cdef class Table:
    cdef double[::1] values

    def __init__(self, values):
        self.values = values

    def replace(self, double[::1] values):
        self.values = values  # <--

    def total(self):
        cdef double result = 0
        cdef Py_ssize_t i
        for i in range(self.values.shape[0]):
            result += self.values[i]
        return result
""",
            "example.pyx",
        ),
        Good(
            "set once",
            """\
# cython: freethreading_compatible=True

cdef class Table:
    cdef double[::1] values

    def __init__(self, values):
        self.values = values

    def first(self):
        return self.values[0]
""",
            "example.pyx",
        ),
    ),
)
