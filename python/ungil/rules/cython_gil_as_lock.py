"""A ``with gil`` block is used as if it were a lock.

What it finds
    A change of a C attribute or of a variable of the module inside ``with gil`` in code that runs without the GIL, with
    no lock around it.

Why it is unsafe without the GIL
    On a free-threaded build ``with gil`` attaches the thread to the interpreter, and any number of threads can be
    attached at once. Where only one thread at a time could be in the block, all of them are.

How to fix it
    Keep ``with gil``, since it is needed to touch Python objects, and put what has to exclude others under a
    ``cython.pymutex`` or ``cython.critical_section`` (Cython 3.1).

References
    https://cython.readthedocs.io/en/latest/src/userguide/freethreading.html
    https://docs.python.org/3/howto/free-threading-extensions.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.cython.state import unguarded
from ungil.facts.model import Facts
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """Every function that changes shared state in such a block; once, at the first change."""
    for function in facts.cython.shared_functions():
        changes = (a for a in unguarded(function) if a.regions[-1:] == ("gil",) and "nogil" in a.regions)
        first = next((a for a in changes if a.of_self or a.name in facts.cython.variables), None)
        if first is not None:
            yield rule.finding(
                function.file,
                first.place,
                f"'with gil' does not keep other threads out: two can change '{first.path}' at once",
                fix="hold a cython.pymutex or a critical_section (Cython 3.1) inside the block",
            )


rule = Rule(
    code="UG607",
    slug="cython-gil-as-lock",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "results collected by workers",
            """\
# cython: freethreading_compatible=True

cdef list results = []

def work(int n):
    cdef int value
    with nogil:
        value = compute(n)
        with gil:
            results.append(value)  # <--
""",
            "example.pyx",
        ),
        Good(
            "a mutex inside the block",
            """\
# cython: freethreading_compatible=True
cimport cython

cdef list results = []
cdef cython.pymutex results_lock

def work(int n):
    cdef int value
    with nogil:
        value = compute(n)
        with gil:
            with results_lock:
                results.append(value)
""",
            "example.pyx",
        ),
        Good(
            "only a local is touched",
            """\
# cython: freethreading_compatible=True

def work(int n):
    cdef int value
    found = []
    with nogil:
        value = compute(n)
        with gil:
            found.append(value)
    return found
""",
            "example.pyx",
        ),
    ),
)
