"""A public attribute of a Cython object goes past the lock that its methods hold.

What it finds
    ``cdef public`` and ``cdef readonly`` attributes that hold an object, a memoryview or a struct, where a method of
    the class changes the attribute: a warning where that method holds a lock for it, a note where it holds none and
    no other method uses the attribute. One finding for each class.

Why it is unsafe without the GIL
    Cython writes a getter for such an attribute, and for ``public`` a setter, and neither takes a lock. The getter
    reads the pointer and then adds a reference: if the method releases the old object in between, freed memory is
    counted. A lock in the methods does not help, since the getter does not know it.

How to fix it
    Make the attribute private and write a property whose getter and setter take the lock, with
    ``with cython.critical_section(self)`` (Cython 3.1).

References
    https://cython.readthedocs.io/en/latest/src/userguide/freethreading.html
    https://cython.readthedocs.io/en/latest/src/userguide/extension_types.html#static-attributes
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.cython.model import Access, Attribute, CythonClass, CythonFunction, Effect, Holds, Role
from ungil.facts.cython.state import users_of
from ungil.facts.model import Facts
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity

_OPEN = {"public", "readonly"}
_TORN = {Holds.OBJECT, Holds.MEMORYVIEW, Holds.STRUCT}

type _Change = tuple[bool, CythonFunction, Access, Attribute]


def check(facts: Facts) -> Iterator[Finding]:
    """The first such attribute of each class; one that a lock is held for, if there is one."""
    shared = {id(function) for function in facts.cython.shared_functions()}
    for one in facts.cython.classes:
        opened = {
            name for name, a in one.attributes.items() if a.visibility in _OPEN and a.holds in _TORN and _is_own(one, a)
        }
        users = users_of(facts.cython, one) if opened else {}
        changes: list[_Change] = []
        for method in one.methods:
            for access in method.accesses:
                if access.name in opened and access.of_self and not access.field and access.effect is Effect.WRITE:
                    others = [n for n, used in users.items() if access.name in used and n != method.name]
                    locked = bool(access.guards or method.guard) and method.role is Role.ORDINARY
                    if locked or (id(method) in shared and method.is_entry and not others):
                        changes.append((locked, method, access, one.attributes[access.name]))
        if changes:
            yield _finding(one, max(changes, key=lambda change: change[0]))


def _is_own(one: CythonClass, attribute: Attribute) -> bool:
    """Declared in the same file, or in the header of the same name."""
    return attribute.file.path.rpartition(".")[0] == one.file.path.rpartition(".")[0]


def _finding(one: CythonClass, change: _Change) -> Finding:
    locked, method, access, attribute = change
    beside = "although it holds a lock, which the getter does not take" if locked else "without a lock"
    return rule.finding(
        attribute.file,
        attribute.place,
        f"Python reads '{attribute.name}' of a {one.name} through a getter that takes no lock, and {method.name}() "
        f"replaces it {beside}: what is read may be gone",
        fix="make it private, and write a property that takes the lock (critical_section, Cython 3.1)",
        confidence=Confidence.MEDIUM,
        severity=None if locked else Severity.NOTE,
        evidence=(f"{method.name}() assigns it in line {access.place.line} of {method.file.path}",),
    )


rule = Rule(
    code="UG623",
    slug="cython-open-attribute",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a lock that the getter does not know",
            """\
# cython: freethreading_compatible=True
cimport cython

cdef class Shelf:
    cdef public object label  # <--

    def rename(self, label):
        with cython.critical_section(self):
            self.label = label
""",
            "example.pyx",
        ),
        Good(
            "a property under the same lock",
            """\
# cython: freethreading_compatible=True
cimport cython

cdef class Shelf:
    cdef object _label

    @property
    def label(self):
        with cython.critical_section(self):
            return self._label

    def rename(self, label):
        with cython.critical_section(self):
            self._label = label
""",
            "example.pyx",
        ),
        Good(
            "set when the object is made",
            """\
# cython: freethreading_compatible=True
cdef class Shelf:
    cdef readonly object label

    def __init__(self, label):
        self.label = label
""",
            "example.pyx",
        ),
    ),
)
