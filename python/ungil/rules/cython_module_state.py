"""A function changes a C variable of its Cython module without a lock.

What it finds
    A function that assigns ``cdef`` variables of the module, without a lock, at any time but while the module is
    imported: configuration that is replaced, pairs of a function pointer and its state, caches that are filled on first
    use. One finding per function, at its first such change, or at the test where something is filled.

Why it is unsafe without the GIL
    A ``cdef`` variable is a plain C variable. A reader on another thread can take the old object and use it after the
    writer released its last reference; of two variables that belong together it can see one old and one new; and what
    two threads both find empty they both make.

How to fix it
    Set the variable while the module is imported. Where it has to change, compute the new values first and store them
    under one lock that readers hold too: a ``cython.pymutex`` of the module or ``with cython.critical_section(x)`` on
    an object that never changes (Cython 3.1).

References
    https://cython.readthedocs.io/en/latest/src/userguide/freethreading.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.cython.model import Access, CythonFunction, CythonVariable, Effect, Holds
from ungil.facts.cython.state import unguarded
from ungil.facts.model import Facts
from ungil.rule import Bad, Finding, Good, Rule, Severity

_HARMLESS = {Holds.LOCK, Holds.ATOMIC}


def check(facts: Facts) -> Iterator[Finding]:
    """Every function that two threads can be in and that assigns the module's variables."""
    variables = facts.cython.variables
    for function in facts.cython.shared_functions():
        changed = [a for a in unguarded(function) if _is_assigned(a, variables)]
        if changed:
            yield _finding(function, changed, variables)


def _is_assigned(access: Access, variables: dict[str, CythonVariable]) -> bool:
    variable = variables.get(access.name) if not access.of_self else None
    assigned = access.effect in {Effect.WRITE, Effect.UPDATE}
    return assigned and variable is not None and variable.holds not in _HARMLESS


def _finding(function: CythonFunction, changed: list[Access], variables: dict[str, CythonVariable]) -> Finding:
    names = list(dict.fromkeys(access.name for access in changed))
    filled = next((fill for fill in function.fills if fill.access in changed), None)
    only_numbers = all(variables[name].holds is Holds.NUMBER for name in names)
    if filled is not None:
        what = f"two threads can both find '{filled.access.name}' empty and both fill it"
    elif len(names) > 1:
        what = (
            f"'{names[0]}' and '{names[1]}' are replaced one after the other: another thread sees one old and one new"
        )
    else:
        what = f"'{names[0]}' is replaced without a lock while another thread may be reading it"
    return rule.finding(
        function.file,
        filled.test if filled is not None else changed[0].place,
        what,
        severity=Severity.NOTE if only_numbers else None,
        fix="set it while the module is imported, or store and read it under one cython.pymutex or critical_section "
        "(Cython 3.1)",
        evidence=(f"{function.title} assigns {', '.join(names[:6])}",),
    )


rule = Rule(
    code="UG605",
    slug="cython-module-state",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a function pointer and its state",
            """\
# cython: freethreading_compatible=True

ctypedef object (*lookup_function)(object state, object name)

cdef lookup_function LOOKUP
cdef object LOOKUP_STATE

cdef void set_lookup(lookup_function function, object state):
    global LOOKUP, LOOKUP_STATE
    LOOKUP_STATE = state  # <--
    LOOKUP = function

def use_default():
    set_lookup(NULL, None)
""",
            "example.pyx",
        ),
        Good(
            "stored under one lock",
            """\
# cython: freethreading_compatible=True
cimport cython

ctypedef object (*lookup_function)(object state, object name)

cdef lookup_function LOOKUP
cdef object LOOKUP_STATE
cdef cython.pymutex lookup_lock

cdef void set_lookup(lookup_function function, object state):
    global LOOKUP, LOOKUP_STATE
    with lookup_lock:
        LOOKUP_STATE = state
        LOOKUP = function
""",
            "example.pyx",
        ),
        Bad(
            "a cache that is filled on first use",
            """\
# cython: freethreading_compatible=True

cdef object decimal_type = None

cdef get_decimal():
    global decimal_type
    if decimal_type is None:  # <--
        from decimal import Decimal
        decimal_type = Decimal
    return decimal_type
""",
            "example.pyx",
        ),
        Good(
            "what only the import calls, and a local of the same name",
            """\
# cython: freethreading_compatible=True

cdef object limit = None

cdef set_up():
    global limit
    limit = 10

def smaller(number):
    limit = number - 1
    return limit

set_up()
""",
            "example.pyx",
        ),
    ),
)
