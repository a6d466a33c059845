"""A C function that gives all threads the same buffer is called from Cython.

What it finds
    ``strtok()``, ``localtime()``, ``gmtime()``, ``ctime()``, ``getpwnam()``, ``gethostbyname()``, ``inet_ntoa()`` and
    the like, cimported from ``libc`` or ``posix`` or declared as ``extern``, in a function that two threads can be in
    without a lock. For functions that libraries in use have made harmless (``strerror()``, ``rand()``) it is a note.

Why it is unsafe without the GIL
    The result stands in one static buffer. Another thread that calls the same function, or a relative of it, writes
    over it while this one still reads: dates, names and addresses that belong to somebody else, or torn ones. Under
    the GIL the buffer was read before another thread could run.

How to fix it
    Call the variant that writes to your own buffer, ``strtok_r()``, ``localtime_r()``, ``getpwnam_r()``, which may
    have to be declared in a ``cdef extern`` block; or Python's own function, which does.

References
    https://pubs.opengroup.org/onlinepubs/9799919799/functions/V2_chap02.html#tag_16_09
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.capi import libc
from ungil.facts.model import Facts
from ungil.rule import Bad, Finding, Good, Rule, Severity

_HARMLESS_IN_PRACTICE = frozenset(
    {"strerror", "strsignal", "rand", "random", "drand48", "lrand48", "lgamma", "dirname", "localeconv"}
)


def check(facts: Facts) -> Iterator[Finding]:
    """The first call of each such function in each function."""
    sharing = libc.sharing()
    for function in facts.cython.shared_functions():
        reported: set[str] = set()
        for call in function.calls:
            name = call.last
            known = libc.functions()[name] if name in sharing else None
            if known is None or known.types or call.guards or name in reported:
                continue
            if (known.arguments not in {None, len(call.arguments)}) or not facts.cython.is_foreign(function, call):
                continue
            reported.add(name)
            yield rule.finding(
                function.file,
                call.place,
                f"all threads share {known.shares}: another thread that calls {name}() changes it while this one "
                "uses it",
                fix=f"call {known.instead}",
                severity=Severity.NOTE if name in _HARMLESS_IN_PRACTICE else None,
            )


rule = Rule(
    code="UG620",
    slug="cython-shared-libc-result",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "localtime",
            """\
# cython: freethreading_compatible=True
from libc.time cimport localtime, time_t, tm

def hour(time_t when):
    cdef tm *now = localtime(&when)  # <--
    return now.tm_hour
""",
            "example.pyx",
        ),
        Good(
            "localtime_r",
            """\
# cython: freethreading_compatible=True
from libc.time cimport time_t, tm

cdef extern from "time.h" nogil:
    tm *localtime_r(const time_t *when, tm *result)

def hour(time_t when):
    cdef tm now
    localtime_r(&when, &now)
    return now.tm_hour
""",
            "example.pyx",
        ),
        Good(
            "Python's own function of that name",
            """\
# cython: freethreading_compatible=True
from time import localtime

def hour(when):
    return localtime(when).tm_hour
""",
            "example.pyx",
        ),
    ),
)
