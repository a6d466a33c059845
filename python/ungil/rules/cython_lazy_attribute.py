"""An attribute of a Cython object is made on first use, and two threads can both be first.

What it finds
    A method of a ``cdef class`` that finds an attribute ``None``, ``NULL`` or false and then fills it, without a lock
    that is held where it is filled. A test of a local copy and an early return of what is there count as tests.

Why it is unsafe without the GIL
    Two threads can both find the attribute empty, both make the object and both store it: one of the two is lost,
    with all that was put into it, and while the second replaces the first a third thread can use what has just been
    released. What is stored first and set up afterwards is seen half-made.

How to fix it
    Make the object in ``__cinit__``; or make it in a local variable, set it up, and store it last, under
    ``with cython.critical_section(self)`` (Cython 3.1) and only if the attribute is still empty.

References
    https://cython.readthedocs.io/en/latest/src/userguide/freethreading.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.cython.model import Holds
from ungil.facts.model import Facts
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """Every attribute that is filled on first use without a lock; each once per method."""
    attributes = {one.name: one.attributes for one in facts.cython.classes}
    for method in facts.cython.shared_functions():
        reported: set[str] = set()
        for fill in method.fills:
            path = fill.access.path
            known = attributes.get(method.owner, {}).get(fill.access.name)
            if not fill.access.of_self or fill.access.guards or path in reported or known is None:
                continue
            reported.add(path)
            yield rule.finding(
                method.file,
                fill.test,
                f"two threads can both find '{path}' empty and both fill it: one of the two is lost, and may be used "
                "after it is gone",
                severity=Severity.NOTE if known.holds is Holds.NUMBER else None,
                fix="make it in __cinit__, or store it under 'with cython.critical_section(self)' (Cython 3.1) "
                "if it is "
                "still empty",
                evidence=(f"'{path}' is filled at line {fill.access.place.line} without a lock",),
            )


rule = Rule(
    code="UG604",
    slug="cython-lazy-attribute",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a property that caches",
            """\
# cython: freethreading_compatible=True

cdef class Node:
    cdef object _tag
    cdef bytes raw

    @property
    def tag(self):
        if self._tag is None:  # <--
            self._tag = self.raw.decode("utf-8")
        return self._tag
""",
            "example.pyx",
        ),
        Good(
            "looked at again under the lock",
            """\
# cython: freethreading_compatible=True
cimport cython

cdef class Node:
    cdef object _tag
    cdef bytes raw

    @property
    def tag(self):
        with cython.critical_section(self):
            tag = self._tag
        if tag is None:
            made = self.raw.decode("utf-8")
            with cython.critical_section(self):
                if self._tag is None:
                    self._tag = made
                tag = self._tag
        return tag
""",
            "example.pyx",
        ),
        Bad(
            "an early return, in an old property block",
            """\
# cython: freethreading_compatible=True

cdef class Node:
    cdef object _tag
    cdef bytes raw

    property tag:
        def __get__(self):
            if self._tag is not None:  # <--
                return self._tag
            self._tag = self.raw.decode("utf-8")
            return self._tag
""",
            "example.pyx",
        ),
        Bad(
            "a local copy is tested",
            """\
# cython: freethreading_compatible=True

cdef class Parser:
    cdef Context context

    cdef Context get_context(self):
        context = self.context
        if context is None:  # <--
            context = Context()
            self.context = context
        return context
""",
            "example.pyx",
        ),
        Good(
            "filled while nobody else has the object",
            """\
# cython: freethreading_compatible=True

cdef class Node:
    cdef object tag

    def __init__(self, tag=None):
        if self.tag is None:
            self.tag = tag or "node"
""",
            "example.pyx",
        ),
    ),
)
