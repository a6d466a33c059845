"""A reference count of one is taken as leave to change an object, in Cython.

What it finds
    ``Py_REFCNT(x)`` (``cpython.ref``) or ``sys.getrefcount(x)`` that is compared with a number, in a function that
    runs at any time.

Why it is unsafe without the GIL
    Without the GIL an object has two counts, that of the thread which made it and that of all others. ``Py_REFCNT()``
    adds them up at two moments, and the other threads may borrow a reference from a container without raising either.
    What looks like the only reference may be one of two: the object is changed while another thread uses it.

How to fix it
    Make a new object. Or ask ``PyUnstable_Object_IsUniquelyReferenced()`` (Python 3.14), which is right in either
    build.

References
    https://docs.python.org/3/c-api/object.html#c.PyUnstable_Object_IsUniquelyReferenced
    https://docs.python.org/3/c-api/refcounting.html#c.Py_REFCNT
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.rule import Bad, Finding, Good, Rule, Severity

_COUNTS = {"Py_REFCNT", "getrefcount"}


def check(facts: Facts) -> Iterator[Finding]:
    """Every such comparison."""
    for function in facts.cython.shared_functions():
        for call in function.calls:
            number = call.compared.rpartition(" ")[2]
            if call.last in _COUNTS and number.isdigit() and int(number) > 0:
                yield rule.finding(
                    function.file,
                    call.place,
                    f"'{call.name}() {call.compared}' does not show that nobody else has the object: another thread "
                    "can use it while this one changes it",
                    fix="make a new object, or ask PyUnstable_Object_IsUniquelyReferenced() (Python 3.14)",
                )


rule = Rule(
    code="UG621",
    slug="cython-refcount-as-licence",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a buffer that is used again",
            """\
# cython: freethreading_compatible=True
from cpython.ref cimport Py_REFCNT

def reuse(bytearray buffer):
    if Py_REFCNT(buffer) == 1:  # <--
        buffer.clear()
        return buffer
    return bytearray()
""",
            "example.pyx",
        ),
        Good(
            "a new object",
            """\
# cython: freethreading_compatible=True

def reuse(bytearray buffer):
    return bytearray()
""",
            "example.pyx",
        ),
        Good(
            "a count that is only shown",
            """\
# cython: freethreading_compatible=True
from cpython.ref cimport Py_REFCNT

def count(thing):
    return Py_REFCNT(thing)
""",
            "example.pyx",
        ),
    ),
)
