"""A counter of a Cython object is read and bumped without a lock.

What it finds
    ``self.n += 1`` without a lock on a C attribute that the same method also reads, or on one that is declared to be
    a C number and that other methods read; once per class and attribute. A warning where Python can call the method
    and it also uses the value that it read; a note otherwise.

Why it is unsafe without the GIL
    To update is to read, to add and to write. Two threads read the same value and both write one more: one update is
    lost. A method that hands out what it read gives the same number to both.

How to fix it
    Read and bump it together under ``with cython.critical_section(self)`` (Cython 3.1), or make it an atomic
    (``libcpp.atomic``, Cython 3.1) and use what ``fetch_add`` returns.

References
    https://cython.readthedocs.io/en/latest/src/userguide/freethreading.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.cython.model import CythonFunction, Effect, Holds
from ungil.facts.cython.state import Change, changes_by_method
from ungil.facts.model import Facts
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """Every attribute that is updated, once per class: where Python calls it and uses what was read, if it does."""
    updated: dict[tuple[str, str, str], tuple[bool, CythonFunction, Change]] = {}
    for one, method, changes in changes_by_method(facts.cython):
        for change in changes:
            if change.access.effect is Effect.UPDATE and _counts(change):
                key = (one.file.path, one.name, change.access.path)
                hurts = _reads(method, change) and method.is_entry
                if key not in updated or (hurts and not updated[key][0]):
                    updated[key] = (hurts, method, change)
    for hurts, method, change in updated.values():
        yield _finding(method, change, hurts=hurts)


def _counts(change: Change) -> bool:
    return change.attribute.holds in {Holds.NUMBER, Holds.STRUCT}


def _reads(method: CythonFunction, change: Change) -> bool:
    return any(
        a.path == change.access.path and a.effect is Effect.READ and a.order < change.access.order and not a.guards
        for a in method.accesses
    )


def _finding(method: CythonFunction, change: Change, *, hurts: bool) -> Finding:
    path = change.access.path
    happens = "both use the same value" if hurts else "one of the two updates is lost"
    return rule.finding(
        method.file,
        change.access.place,
        f"two threads can both read '{path}' before either writes it: {happens}",
        severity=None if hurts else Severity.NOTE,
        fix="read and bump it under one 'with cython.critical_section(self)', or make it a libcpp.atomic (Cython 3.1)",
        evidence=(f"also used in {', '.join(change.others[:4])}",),
    )


rule = Rule(
    code="UG615",
    slug="cython-lost-update",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "numbers that are handed out",
            """\
# cython: freethreading_compatible=True

cdef class Sequence:
    cdef int spawned

    def spawn(self, int n):
        made = [Child(i) for i in range(self.spawned, self.spawned + n)]
        self.spawned += n  # <--
        return made

    def __reduce__(self):
        return Sequence, (self.spawned,)
""",
            "example.pyx",
        ),
        Good(
            "read and bumped together",
            """\
# cython: freethreading_compatible=True
cimport cython

cdef class Sequence:
    cdef int spawned

    def spawn(self, int n):
        cdef int first
        with cython.critical_section(self):
            first = self.spawned
            self.spawned += n
        return [Child(i) for i in range(first, first + n)]

    def __reduce__(self):
        with cython.critical_section(self):
            spawned = self.spawned
        return Sequence, (spawned,)
""",
            "example.pyx",
        ),
        Bad(
            "a count",
            """\
# cython: freethreading_compatible=True

cdef class Server:
    cdef int requests

    def handle(self):
        self.requests += 1  # <--

    @property
    def total(self):
        return self.requests
""",
            "example.pyx",
        ),
    ),
)
