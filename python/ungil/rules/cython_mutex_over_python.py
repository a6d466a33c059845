"""A mutex is still held where the thread waits for the interpreter, or leaves by an exception.

What it finds
    A ``with gil`` block while a lock is held by code that runs without the GIL, and a ``raise`` between an explicit
    acquire and its release, outside ``try`` and ``finally``.

Why it is unsafe without the GIL
    A thread that attaches to the interpreter may have to wait: for a garbage collection that stops all others, or on a
    GIL-enabled build for the GIL. If whoever it waits for wants the mutex, neither goes on. A mutex that an exception
    carries past its release stays locked for ever.

How to fix it
    Attach first and lock second, and release before you raise; or take the lock with a ``with`` block, which releases
    it however the block is left (``cython.pymutex``, Cython 3.1).

References
    https://cython.readthedocs.io/en/latest/src/userguide/freethreading.html
    https://docs.python.org/3/c-api/synchronization.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """Every function with such a place; each kind once."""
    for function in facts.cython.functions:
        attached = next((place for place in function.attaches_under_lock), None)
        if attached is not None:
            yield rule.finding(
                function.file,
                attached,
                "the thread attaches to the interpreter while it holds a lock: if another thread waits for the "
                "lock while "
                "attached, neither goes on",
                fix="take the lock inside 'with gil', or release it before",
            )
        left = next((p for p, guards in function.raises if any(g.startswith("acquired ") for g in guards)), None)
        if left is not None:
            yield rule.finding(
                function.file,
                left,
                "the exception leaves the function with the lock held: every other thread that wants it waits for ever",
                fix="take the lock with a 'with' block, or release it in 'finally'",
            )


rule = Rule(
    code="UG609",
    slug="cython-mutex-over-python",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "an exception while it is held",
            """\
# cython: freethreading_compatible=True
cimport cython

cdef cython.pymutex pool_lock

def take(int n):
    pool_lock.acquire()
    if n < 0:
        raise ValueError(n)  # <--
    pool_lock.release()
""",
            "example.pyx",
        ),
        Good(
            "released however it is left",
            """\
# cython: freethreading_compatible=True
cimport cython

cdef cython.pymutex pool_lock

def take(int n):
    with pool_lock:
        if n < 0:
            raise ValueError(n)

def give(int n):
    pool_lock.acquire()
    try:
        if n < 0:
            raise ValueError(n)
    finally:
        pool_lock.release()

def check(int n):
    pool_lock.acquire()
    pool_lock.release()
    if n < 0:
        raise ValueError(n)
""",
            "example.pyx",
        ),
        Bad(
            "attached while it is held",
            """\
# cython: freethreading_compatible=True
cimport cython

cdef cython.pymutex pool_lock

cdef void report(int n) noexcept nogil:
    with pool_lock:
        if n < 0:
            with gil:  # <--
                print(n)
""",
            "example.pyx",
        ),
    ),
)
