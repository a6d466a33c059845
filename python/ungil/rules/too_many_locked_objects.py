"""Critical sections on three or more objects are held at once.

What it finds
    A critical section that is begun where the function already holds sections on two other objects.

Why it is unsafe without the GIL
    The interpreter locks one or two objects together. A third section is begun inside the others, and a thread that has
    to wait for its object gives the others up meanwhile: what was read under them may no longer hold, and there is no
    macro that takes all three.

How to fix it
    Work on two objects at a time, with a value that is passed on between the sections. Or guard objects that belong
    together with one mutex of their own (``PyMutex``, Python 3.13), or lock one mutex each in a fixed order.

References
    https://docs.python.org/3/c-api/synchronization.html#c.Py_BEGIN_CRITICAL_SECTION2
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts, Lock
from ungil.rule import Bad, Finding, Good, Rule, Severity

_MOST = 2  # objects that one section locks


def check(facts: Facts) -> Iterator[Finding]:
    """Every section that brings the number of locked objects above two."""
    for file in facts.files:
        for lock in file.locks:
            if not _is_section(lock):
                continue
            held = {name for outer in lock.locks if _is_section(outer) for name in _objects(outer)}
            before = held - set(_objects(lock))
            if len(held) > _MOST and 0 < len(before) < len(held):
                yield rule.finding(
                    file,
                    lock.span,
                    f"{len(held)} objects are locked here at once ({', '.join(sorted(held))}): while the thread waits "
                    f"for {', '.join(_objects(lock))}, it gives up the others",
                    fix="work on two objects at a time, or guard them all with one PyMutex (Python 3.13)",
                )


def _is_section(lock: Lock) -> bool:
    return lock.is_critical_section and lock.is_released and not lock.is_annotation


def _objects(lock: Lock) -> list[str]:
    return [operand.text for operand in lock.operands] or [lock.name]


rule = Rule(
    code="UG304",
    slug="too-many-locked-objects",
    severity=Severity.NOTE,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a section for a third object",
            """\
static int
merge(Shelf *a, Shelf *b, Shelf *into)
{
    Py_BEGIN_CRITICAL_SECTION2(a, b);
    Py_BEGIN_CRITICAL_SECTION(into);  // <--
    into->count = a->count + b->count;
    Py_END_CRITICAL_SECTION();
    Py_END_CRITICAL_SECTION2();
    return 0;
}
""",
        ),
        Good(
            "two objects, and then the third",
            """\
static int
merge(Shelf *a, Shelf *b, Shelf *into)
{
    Py_ssize_t count;
    Py_BEGIN_CRITICAL_SECTION2(a, b);
    count = a->count + b->count;
    Py_END_CRITICAL_SECTION2();
    Py_BEGIN_CRITICAL_SECTION(into);
    into->count = count;
    Py_END_CRITICAL_SECTION();
    return 0;
}
""",
        ),
        Good(
            "one mutex for all",
            """\
static PyMutex shelves_mutex;

static int
merge(Shelf *a, Shelf *b, Shelf *into)
{
    PyMutex_Lock(&shelves_mutex);
    into->count = a->count + b->count;
    PyMutex_Unlock(&shelves_mutex);
    return 0;
}
""",
        ),
    ),
)
