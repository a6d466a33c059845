"""A C number of a Cython object is written by one method and read by another without a lock.

What it finds
    A C number or ``bint`` attribute of a ``cdef class`` that a method assigns without a lock while another method reads
    it. One finding per attribute, where it is declared.

Why it is unsafe without the GIL
    It is a data race: nothing orders the write and the read, so that the reader may see it late, or see what was
    written before it only afterwards. On the usual machines the number itself is not torn.

How to fix it
    Declare it as ``atomic[bint]`` (``libcpp.atomic``, Cython 3.1), or write and read it under one lock.

References
    https://cython.readthedocs.io/en/latest/src/userguide/freethreading.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.cython.model import Effect, Holds
from ungil.facts.cython.state import changes_by_method
from ungil.facts.model import Facts
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """Every such attribute, once."""
    reported: set[tuple[str, int, int]] = set()
    for one, method, changes in changes_by_method(facts.cython):
        for change in changes:
            where = change.attribute
            key = (where.file.path, where.place.line, where.place.column)
            is_number = where.holds is Holds.NUMBER and change.access.effect is Effect.WRITE
            if not is_number or key in reported:
                continue
            reported.add(key)
            yield rule.finding(
                where.file,
                where.place,
                f"{one.name}.{method.name} writes '{where.name}' while another thread may read it in "
                f"{one.name}.{change.others[0]}, and nothing orders the two",
                fix="declare it as atomic[...] (libcpp.atomic, Cython 3.1), or hold one lock at both places",
                evidence=(f"it is written at line {change.access.place.line} without a lock",),
            )


rule = Rule(
    code="UG616",
    slug="cython-plain-flag",
    severity=Severity.NOTE,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a list that is frozen",
            """\
# cython: freethreading_compatible=True

cdef class FrozenItems:
    cdef readonly bint frozen  # <--
    cdef list items

    def __init__(self, items):
        self.frozen = False
        self.items = list(items)

    def freeze(self):
        self.frozen = True

    def add(self, item):
        if self.frozen:
            raise RuntimeError("frozen")
        self.items.append(item)
""",
            "example.pyx",
        ),
        Good(
            "an atomic",
            """\
# cython: freethreading_compatible=True
# distutils: language = c++
from libcpp.atomic cimport atomic

cdef class FrozenItems:
    cdef atomic[bint] frozen
    cdef list items

    def __init__(self, items):
        self.frozen.store(False)
        self.items = list(items)

    def freeze(self):
        self.frozen.store(True)

    def add(self, item):
        if self.frozen.load():
            raise RuntimeError("frozen")
        self.items.append(item)
""",
            "example.pyx",
        ),
    ),
)
