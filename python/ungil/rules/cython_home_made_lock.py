"""A re-entrant lock is written in Cython, with an owner and a count that the GIL kept whole.

What it finds
    A ``cdef class`` whose name says that it is a lock, with plain C attributes for its owner and for how often it was
    taken.

Why it is unsafe without the GIL
    Such locks, often copied from one project into the next, read and change the owner and the count in many steps and
    rely on the GIL to make these one. Without it two threads can both believe that they own the lock.

How to fix it
    Use ``threading.RLock``, or ``cython.pymutex`` (Cython 3.1) where the lock is not taken again by its owner.

References
    https://cython.readthedocs.io/en/latest/src/userguide/freethreading.html
    https://docs.python.org/3/library/threading.html#rlock-objects
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ungil.facts.cython.model import Holds
from ungil.facts.model import Facts
from ungil.rule import Bad, Finding, Good, Rule, Severity

_LOCK = re.compile(r"Lock$|Mutex$")
_OWNER = re.compile(r"owner|holder")
_COUNT = re.compile(r"count|depth|level|pending")
_PLAIN = {Holds.NUMBER, Holds.POINTER}


def check(facts: Facts) -> Iterator[Finding]:
    """Every class that looks like it."""
    for one in facts.cython.classes:
        plain = [name for name, attribute in one.attributes.items() if attribute.holds in _PLAIN]
        owner = next((name for name in plain if _OWNER.search(name)), None)
        count = next((name for name in plain if _COUNT.search(name)), None)
        if _LOCK.search(one.name) and owner and count:
            yield rule.finding(
                one.file,
                one.place,
                f"the lock '{one.name}' keeps '{owner}' and '{count}' in plain variables: two threads can both believe "
                "that they own it",
                fix="use threading.RLock, or cython.pymutex (Cython 3.1)",
            )


rule = Rule(
    code="UG613",
    slug="cython-home-made-lock",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "an owner and a count",
            """\
# cython: freethreading_compatible=True

cdef class QuickLock:  # <--
    cdef long _owner
    cdef int _count

    def __cinit__(self):
        self._owner = -1
""",
            "example.pyx",
        ),
        Good(
            "a lock of the standard library, held by name",
            """\
# cython: freethreading_compatible=True
from threading import RLock

cdef class Clock:
    cdef object _lock

    def __cinit__(self):
        self._lock = RLock()
""",
            "example.pyx",
        ),
    ),
)
