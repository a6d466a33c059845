"""A method changes a C attribute of its object without a lock, and another method looks at it.

What it finds
    A ``def``, ``cdef`` or ``cpdef`` method or property that assigns an attribute of a ``cdef class`` outside
    ``__cinit__``, ``__init__`` and ``__dealloc__`` without holding any lock, where another method of the class uses
    the attribute. One finding per method, at its first such change. What a helper does is held against it only if one
    of its callers holds no lock. A warning where the class holds a lock elsewhere, and so means to be shared; a note
    where nothing says that threads share its objects.

Why it is unsafe without the GIL
    The attributes of a ``cdef class`` are plain C. To assign an object is to read the old pointer, to write the new
    one, and to release the old object: a reader on another thread can take the old pointer and use it after its last
    reference is gone, and two writers can release the same object twice. A pointer or a struct is torn in the same way.

How to fix it
    Hold ``with cython.critical_section(self)`` (Cython 3.1) in every method that writes or reads the attribute, or a
    ``cython.pymutex`` (3.1) that is an attribute of the object.

References
    https://cython.readthedocs.io/en/latest/src/userguide/freethreading.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.cython.model import Effect, Holds
from ungil.facts.cython.state import Change, changes_by_method, torn, users_of, uses_locks
from ungil.facts.model import Facts
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """Every method that assigns an object, a pointer or part of a struct."""
    for one, method, changes in changes_by_method(facts.cython):
        filled = {fill.access for fill in method.fills}
        assigned = [c for c in changes if _is_assigned(c) and c.access not in filled]
        if not assigned or (method.is_entry and torn(users_of(facts.cython, one), method, changes)):
            continue
        first = assigned[0]
        names = sorted({change.access.path for change in assigned})
        yield rule.finding(
            method.file,
            first.access.place,
            f"'{first.access.path}' is assigned without a lock while another thread may be in "
            f"{one.name}.{first.others[0]}: it can use {_harm(first)}",
            fix="hold 'with cython.critical_section(self)' (Cython 3.1) here and where the attribute is read",
            confidence=Confidence.MEDIUM,
            severity=None if uses_locks(one) and any(_hurts(change) for change in assigned) else Severity.NOTE,
            evidence=(
                f"{one.name}.{method.name} assigns {', '.join(names)}; also used in {', '.join(first.others[:4])}",
            ),
        )


def _is_assigned(change: Change) -> bool:
    assigned = change.access.effect is Effect.WRITE
    return assigned and change.attribute.holds in {Holds.OBJECT, Holds.POINTER, Holds.STRUCT}


def _hurts(change: Change) -> bool:
    """Not the field of another Python object, whose own rules hold for it."""
    return not change.access.field or change.attribute.holds is not Holds.OBJECT


def _harm(change: Change) -> str:
    if change.attribute.holds is Holds.OBJECT:
        return "the old object after its last reference is gone"
    return "what is half old and half new" if change.attribute.holds is Holds.STRUCT else "what is no longer there"


rule = Rule(
    code="UG603",
    slug="cython-unlocked-attribute",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a setter and a method that uses what it sets",
            """\
# cython: freethreading_compatible=True

cdef class Reader:
    cdef object source

    def __init__(self, source):
        self.source = source

    def reset(self, source):
        self.source = source  # <--

    def read(self):
        return self.source.read()
""",
            "example.pyx",
        ),
        Good(
            "both under one critical section",
            """\
# cython: freethreading_compatible=True
cimport cython

cdef class Reader:
    cdef object source

    def __init__(self, source):
        self._set(source)

    cdef _set(self, source):
        self.source = source

    def reset(self, source):
        with cython.critical_section(self):
            self._set(source)

    def read(self):
        with cython.critical_section(self):
            source = self.source
        return source.read()
""",
            "example.pyx",
        ),
        Bad(
            "a field of a struct, set through a property",
            """\
# cython: freethreading_compatible=True

cdef struct State:
    double gauss
    int has_gauss

cdef class Generator:
    cdef State state

    @property
    def gauss(self):
        return self.state.gauss

    @gauss.setter
    def gauss(self, double value):
        self.state.gauss = value  # <--
""",
            "example.pyx",
        ),
        Good(
            "under a mutex of the object, and in what only the destructor calls",
            """\
# cython: freethreading_compatible=True
cimport cython

cdef class Reader:
    cdef cython.pymutex lock
    cdef object source

    cdef void _drop(self):
        self.source = None

    def __dealloc__(self):
        self._drop()

    def reset(self, source):
        with self.lock:
            self.source = source

    def read(self):
        with self.lock:
            source = self.source
        return source.read()
""",
            "example.pyx",
        ),
        Good(
            "an attribute that no other method uses, and one that is set at birth only",
            """\
# cython: freethreading_compatible=True

cdef class Reader:
    cdef object source
    cdef object mark

    def __cinit__(self, source):
        self.source = source

    def note(self, mark):
        self.mark = mark

    def read(self):
        return self.source.read()
""",
            "example.pyx",
        ),
    ),
)
