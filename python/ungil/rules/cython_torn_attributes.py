"""Attributes that belong together are changed one after the other without a lock.

What it finds
    A method that changes two or more attributes of its ``cdef class`` without a lock, where another method uses both;
    or that calls a helper which does, without a lock around the call. One finding per method. A warning where the
    class holds a lock elsewhere, and so means to be shared; a
    note where nothing says that threads share its objects.

Why it is unsafe without the GIL
    Another thread can come in between the two steps and see one attribute new and the other old: an offset that does
    not belong to its list, a function with the state of another. What was one moment with the GIL are two.

How to fix it
    Make the new values first and store them under one ``with cython.critical_section(self)`` (Cython 3.1) without a
    call in between, and read them under one too.

References
    https://cython.readthedocs.io/en/latest/src/userguide/freethreading.html
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from ungil.facts.cython.model import CythonCall, CythonClass, CythonFacts, CythonFunction
from ungil.facts.cython.state import Change, changes_by_method, torn, users_of, uses_locks
from ungil.facts.model import Facts
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """Every method that changes such a pair, and every method that calls a helper which does."""
    helpers: defaultdict[str, list[tuple[CythonClass, list[Change]]]] = defaultdict(list)
    for one, method, changes in changes_by_method(facts.cython):
        together = torn(users_of(facts.cython, one), method, changes)
        if together and method.is_entry:
            yield _in_method(one, method, together)
        elif together:
            helpers[method.name].append((one, together))
    if helpers:
        yield from _in_callers(facts.cython, helpers)


def _in_method(one: CythonClass, method: CythonFunction, changes: list[Change]) -> Finding:
    first, second = _two(changes)
    return rule.finding(
        method.file,
        changes[0].access.place,
        f"'{first}' and '{second}' are changed one after the other: another thread can come in between and see one old "
        "and one new",
        severity=None if uses_locks(one) else Severity.NOTE,
        confidence=Confidence.MEDIUM,
        fix="change both under one 'with cython.critical_section(self)' (Cython 3.1), and read both under one",
        evidence=(f"{one.name}.{changes[0].others[0]} uses them too",),
    )


def _two(changes: list[Change]) -> tuple[str, str]:
    first, second, *_ = dict.fromkeys(change.access.path for change in changes)
    return first, second


type _Helpers = dict[str, list[tuple[CythonClass, list[Change]]]]


def _in_callers(facts: CythonFacts, helpers: _Helpers) -> Iterator[Finding]:
    for caller in facts.shared_functions():
        if not caller.owner:
            continue
        for call in caller.calls:
            found = helpers.get(call.last, []) if call.name.startswith("self.") and not call.guards else []
            mine = (
                torn_there for one, torn_there in found if caller.owner in {other.name for other in facts.family(one)}
            )
            changes = next(mine, None)
            if changes is not None:
                yield _in_call(facts, caller, call, changes)
                break


def _in_call(facts: CythonFacts, caller: CythonFunction, call: CythonCall, changes: list[Change]) -> Finding:
    first, second = _two(changes)
    is_shared = caller.is_entry and any(uses_locks(one) for one in facts.classes if one.name == caller.owner)
    return rule.finding(
        caller.file,
        call.place,
        f"{call.name}() changes '{first}' and '{second}' one after the other: another thread can come in "
        "between and see "
        "one old and one new",
        confidence=Confidence.MEDIUM,
        severity=None if is_shared else Severity.NOTE,
        fix="call it under 'with cython.critical_section(self)' (Cython 3.1), and read both under one",
        evidence=(f"it changes '{first}' at line {changes[0].access.place.line}, and no lock is held around the call",),
    )


rule = Rule(
    code="UG614",
    slug="cython-torn-attributes",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a log that is cleared in two steps",
            """\
# cython: freethreading_compatible=True
cimport cython

cdef class Log:
    cdef object first
    cdef list entries

    def __init__(self):
        self.entries = []

    def clear(self):
        self.first = None  # <--
        del self.entries[:]

    def receive(self, entry):
        with cython.critical_section(self):
            if self.first is None:
                self.first = entry
            self.entries.append(entry)
""",
            "example.pyx",
        ),
        Good(
            "in one critical section",
            """\
# cython: freethreading_compatible=True
cimport cython

cdef class Log:
    cdef object first
    cdef list entries

    def __init__(self):
        self.entries = []

    def clear(self):
        with cython.critical_section(self):
            self.first = None
            del self.entries[:]

    def receive(self, entry):
        with cython.critical_section(self):
            if self.first is None:
                self.first = entry
            self.entries.append(entry)
""",
            "example.pyx",
        ),
        Bad(
            "a helper that is called without a lock",
            """\
# cython: freethreading_compatible=True

ctypedef object (*lookup)(object state, object name)

cdef class Scheme:
    cdef object fallback
    cdef lookup function

    cdef void _set(self, Scheme other):
        self.fallback = other
        self.function = other.function

    def set_fallback(self, Scheme other not None):
        self._set(other)  # <--

    def find(self, name):
        return self.function(self.fallback, name)
""",
            "example.pyx",
        ),
        Good(
            "a helper that is called under a lock",
            """\
# cython: freethreading_compatible=True
cimport cython

ctypedef object (*lookup)(object state, object name)

cdef class Scheme:
    cdef object fallback
    cdef lookup function

    cdef void _set(self, Scheme other):
        self.fallback = other
        self.function = other.function

    def set_fallback(self, Scheme other not None):
        with cython.critical_section(self):
            self._set(other)
""",
            "example.pyx",
        ),
    ),
)
