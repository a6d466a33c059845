"""The threads of a ``prange`` loop assign one Python object.

What it finds
    A variable without a C type that is assigned inside ``with gil`` in a ``prange`` loop, without a lock.

Why it is unsafe without the GIL
    Cython gives each thread of the loop its own copy of C variables, but not of Python objects: there is one. With
    the GIL the block was at least whole; without it several threads are in the block, each releases what another one
    stored, and uses what another one made.

How to fix it
    Collect C values in the loop, into an array by index, and make objects after it; or move the block's body into a
    function, whose locals are its own.

References
    https://cython.readthedocs.io/en/latest/src/userguide/parallelism.html
    https://cython.readthedocs.io/en/latest/src/userguide/freethreading.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """Every shared variable, once per function."""
    for function in facts.cython.functions:
        reported: set[str] = set()
        for access in function.accesses:
            if access.how == "local" and not access.guards and access.name not in reported:
                reported.add(access.name)
                yield rule.finding(
                    function.file,
                    access.place,
                    f"the threads of the prange loop share '{access.name}': each releases the object that another one "
                    "uses",
                    fix="move the body of the block into a function, or make the objects after the loop",
                )


rule = Rule(
    code="UG610",
    slug="cython-prange-sharing",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a temporary object",
            """\
# cython: freethreading_compatible=True
from cython.parallel import prange

def names(int n, list out):
    cdef int i
    for i in prange(n, nogil=True):
        with gil:
            name = str(i)  # <--
            out[i] = name
""",
            "example.pyx",
        ),
        Good(
            "a function for the block, and C variables",
            """\
# cython: freethreading_compatible=True
from cython.parallel import prange

cdef void put(list out, int i):
    name = str(i)
    out[i] = name

def names(int n, list out):
    cdef int i
    cdef int twice
    for i in prange(n, nogil=True):
        with gil:
            twice = 2 * i
            put(out, twice)
""",
            "example.pyx",
        ),
    ),
)
