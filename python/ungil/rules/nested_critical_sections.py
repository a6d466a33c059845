"""A critical section is begun inside another one, to hold both objects.

What it finds
    ``Py_BEGIN_CRITICAL_SECTION(b)`` (or ``PyCriticalSection_Begin()``, a guard or the project's own macro for it)
    where the same function already holds a critical section on another object.

Why it is unsafe without the GIL
    A thread that would have to wait for the inner object gives up the outer one first, so that two threads that nest in
    opposite orders cannot wait for each other. While it waits, another thread enters the outer section and changes what
    this thread has read there. When this thread goes on it holds both again, and works with values that are no longer
    true.

How to fix it
    Lock both at once with ``Py_BEGIN_CRITICAL_SECTION2(a, b)`` (Python 3.13), or end the first section before the
    second begins.

References
    https://docs.python.org/3/c-api/synchronization.html#c.Py_BEGIN_CRITICAL_SECTION2
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts, Lock
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """Every section that is begun inside another on a different object."""
    for file in facts.files:
        for inner in file.locks:
            outer = _outer(inner) if _is_section(inner) else None
            if outer is not None:
                yield rule.finding(
                    file,
                    inner.span,
                    f"if another thread holds '{inner.name}', this one gives up '{outer.name}' while it waits: a third "
                    "thread can change what was read there",
                    fix=f"lock both at once: Py_BEGIN_CRITICAL_SECTION2({outer.name}, {inner.name}) (Python 3.13)",
                    confidence=Confidence.MEDIUM,
                    evidence=(f"the outer section begins at line {outer.span.line}",),
                )


def _outer(inner: Lock) -> Lock | None:
    """The section that is held where ``inner`` begins, unless it is on the same object."""
    held = [lock for lock in inner.locks if _is_section(lock) and lock.span.line < inner.span.line]
    return next((lock for lock in reversed(held) if lock.name != inner.name), None)


def _is_section(lock: Lock) -> bool:
    return lock.is_critical_section and lock.is_released and not lock.is_annotation


rule = Rule(
    code="UG303",
    slug="nested-critical-sections",
    severity=Severity.NOTE,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a section for each of two objects",
            """\
static int
move_all(Shelf *from, Shelf *to)
{
    Py_BEGIN_CRITICAL_SECTION(from);
    Py_BEGIN_CRITICAL_SECTION(to);  // <--
    to->count += from->count;
    from->count = 0;
    Py_END_CRITICAL_SECTION();
    Py_END_CRITICAL_SECTION();
    return 0;
}
""",
        ),
        Good(
            "one section for both",
            """\
static int
move_all(Shelf *from, Shelf *to)
{
    Py_BEGIN_CRITICAL_SECTION2(from, to);
    to->count += from->count;
    from->count = 0;
    Py_END_CRITICAL_SECTION2();
    return 0;
}
""",
        ),
        Good(
            "one section after the other",
            """\
static int
add(Shelf *from, Shelf *to)
{
    Py_ssize_t count;
    Py_BEGIN_CRITICAL_SECTION(from);
    count = from->count;
    Py_END_CRITICAL_SECTION();
    Py_BEGIN_CRITICAL_SECTION(to);
    to->count += count;
    Py_END_CRITICAL_SECTION();
    return 0;
}
""",
        ),
    ),
)
