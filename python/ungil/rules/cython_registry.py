"""A container that threads share is looked at and then changed in a second step.

What it finds
    A container in a variable of a Cython module or an attribute of a ``cdef class``, used without a lock in two steps:
    a key is looked up and stored if it is missing, or a list is searched and then edited by position. The container's
    own methods are single steps and are left alone.

Why it is unsafe without the GIL
    Every dict and list locks itself for one operation, not for two. Two threads both miss the same key and both
    create an entry: one of them hands out an object that is not in the registry. A position that was found in a list
    is that of another item when the list is edited.

How to fix it
    Hold ``with cython.critical_section(container)`` (Cython 3.1) around both steps, or use one that does both, like
    ``dict.setdefault``.

References
    https://cython.readthedocs.io/en/latest/src/userguide/freethreading.html
    https://docs.python.org/3/howto/free-threading-python.html
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from ungil.facts.cython.model import Access, CythonFacts, CythonFunction, Effect, Holds
from ungil.facts.model import Facts
from ungil.rule import Bad, Finding, Good, Rule, Severity

_BY_POSITION = {"insert", "remove", "pop", "del"}


def check(facts: Facts) -> Iterator[Finding]:
    """Every container that is looked at and edited in two steps; each once per function."""
    for function in facts.cython.shared_functions():
        used = [
            a for a in function.accesses if not a.guards and not a.field and _is_container(facts.cython, function, a)
        ]
        for _, accesses in groupby(sorted(used, key=lambda a: a.path), key=lambda a: a.path):
            steps = _two_steps(sorted(accesses, key=lambda a: a.order))
            if steps is not None:
                yield _finding(function, *steps)


def _is_container(facts: CythonFacts, function: CythonFunction, access: Access) -> bool:
    if not access.of_self:
        variable = facts.variables.get(access.name)
        return variable is not None and variable.holds is Holds.OBJECT
    owner = next((one for one in facts.classes if one.name == function.owner), None)
    attribute = owner.attributes.get(access.name) if owner is not None else None
    return attribute is not None and attribute.type in {"dict", "list", "set", "object"}


def _two_steps(accesses: list[Access]) -> tuple[Access, Access] | None:
    """The look and the edit that depends on it."""
    looks = [a for a in accesses if a.effect is Effect.ITEM and a.how.startswith("[")]
    for edit in accesses:
        if edit.effect is not Effect.EDIT:
            continue
        same = next((a for a in looks if a.how == edit.how and a.order < edit.order), None)
        if same is not None and edit.how not in {"[?]", "[:]"} and not edit.how.strip("[]-").isdigit():
            return same, edit
        searched = next((a for a in accesses if a.effect is Effect.ITERATE and a.order < edit.order), None)
        if searched is not None and edit.how in _BY_POSITION and not edit.of_self:
            return searched, edit
    return None


def _finding(function: CythonFunction, look: Access, edit: Access) -> Finding:
    searched = look.effect is Effect.ITERATE
    happens = (
        "the list is another one when it is edited" if searched else "two threads can both miss it and both add it"
    )
    return rule.finding(
        function.file,
        edit.place,
        f"'{look.path}' is {'searched' if searched else 'looked up'} and then changed without a lock: {happens}",
        fix=f"hold 'with cython.critical_section({look.path})' (Cython 3.1) around both steps",
        evidence=(f"looked at in line {look.place.line}, changed in line {edit.place.line}",),
    )


rule = Rule(
    code="UG606",
    slug="cython-registry",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "get or create",
            """\
# cython: freethreading_compatible=True

REGISTRIES = {}

def registry_of(name):
    try:
        return REGISTRIES[name]
    except KeyError:
        registry = REGISTRIES[name] = Registry(name)  # <--
        return registry
""",
            "example.pyx",
        ),
        Good(
            "both steps under a critical section of the dict, or in one",
            """\
# cython: freethreading_compatible=True
cimport cython

REGISTRIES = {}

def registry_of(name):
    with cython.critical_section(REGISTRIES):
        try:
            return REGISTRIES[name]
        except KeyError:
            registry = REGISTRIES[name] = Registry(name)
            return registry

def registry_or(name, default):
    return REGISTRIES.setdefault(name, default)
""",
            "example.pyx",
        ),
        Bad(
            "a list searched and edited by position",
            """\
# cython: freethreading_compatible=True

cdef list CHECKS = []

def register(check, before):
    position = 0
    for i, known in enumerate(CHECKS):
        if known is before:
            position = i
    CHECKS.insert(position, check)  # <--
""",
            "example.pyx",
        ),
        Bad(
            "a cache of the object",
            """\
# cython: freethreading_compatible=True

cdef class Pool:
    cdef dict connections

    def __init__(self):
        self.connections = {}

    def get(self, key):
        if key not in self.connections:
            self.connections[key] = Connection(key)  # <--
        return self.connections[key]
""",
            "example.pyx",
        ),
        Good(
            "single steps, and a container of one call",
            """\
# cython: freethreading_compatible=True

CHECKS = []

def add(check):
    CHECKS.append(check)

def count(names):
    seen = {}
    for name in names:
        if name not in seen:
            seen[name] = 0
    return seen
""",
            "example.pyx",
        ),
    ),
)
