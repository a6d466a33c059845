"""A critical section holds while an attribute is read, but not until it is written.

What it finds
    A function under ``@cython.critical_section`` that reads an attribute of its object, calls something, and then
    writes the same attribute.

Why it is unsafe without the GIL
    A critical section is given up while the thread waits for anything: another section, a lock, input, or an object's
    destructor. A call that runs Python code can wait, and another thread then goes through the same function. What was
    read before the call may not hold after it.

How to fix it
    Make the call first and keep the section for the short read and write, looking again at what was read before. Where
    nothing may come in between, use a ``cython.pymutex`` (Cython 3.1) and make no call under it.

References
    https://cython.readthedocs.io/en/latest/src/userguide/freethreading.html
    https://docs.python.org/3/c-api/init.html#python-critical-section-api
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.cython.model import Access, CythonFunction, Effect
from ungil.facts.model import Facts
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity

_QUICK = {"len", "isinstance", "type", "id", "min", "max", "abs", "range", "sizeof", "NULL", "int", "float", "bool"}


def check(facts: Facts) -> Iterator[Finding]:
    """Every such function, at the write."""
    for function in facts.cython.functions:
        if function.guard.rpartition(".")[2] != "critical_section":
            continue
        found = _suspended(function)
        if found is not None:
            read, call, write = found
            yield rule.finding(
                function.file,
                write.place,
                f"'{write.path}' is read, '{call}' is called, and then it is written: the critical section can "
                "be given "
                "up in the call, and another thread come in",
                confidence=Confidence.LOW,
                fix="call first, then read and write in one short critical section; or use a cython.pymutex "
                "(Cython 3.1)",
                evidence=(f"it was read at line {read.place.line}",),
            )


def _suspended(function: CythonFunction) -> tuple[Access, str, Access] | None:
    for write in function.accesses:
        if write.effect is not Effect.WRITE or not write.of_self:
            continue
        for read in function.accesses:
            if read.path == write.path and read.effect is Effect.READ and read.order < write.order:
                between = (c for c in function.calls if read.order < c.order < write.order and c.last not in _QUICK)
                call = next(between, None)
                if call is not None:
                    return read, call.name, write
    return None


rule = Rule(
    code="UG608",
    slug="cython-suspended-section",
    severity=Severity.NOTE,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "made on first use",
            """\
# cython: freethreading_compatible=True
cimport cython

cdef class Node:
    cdef object tag

    @cython.critical_section
    def get_tag(self):
        if self.tag is None:
            self.tag = self.make_tag()  # <--
        return self.tag
""",
            "example.pyx",
        ),
        Good(
            "called first, looked at again",
            """\
# cython: freethreading_compatible=True
cimport cython

cdef class Node:
    cdef object tag

    def get_tag(self):
        made = self.make_tag()
        with cython.critical_section(self):
            if self.tag is None:
                self.tag = made
            return self.tag
""",
            "example.pyx",
        ),
        Good(
            "nothing is called in between",
            """\
# cython: freethreading_compatible=True
cimport cython

cdef class Counter:
    cdef int count

    @cython.critical_section
    def add(self, int n):
        self.count = self.count + n
""",
            "example.pyx",
        ),
    ),
)
