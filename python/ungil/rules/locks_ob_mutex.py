"""The mutex in an object's header is locked directly.

What it finds
    ``PyMutex_Lock(&op->ob_mutex)``, in the function itself or through the project's own macros and functions.

Why it is unsafe without the GIL
    ``ob_mutex`` belongs to the interpreter's critical sections. A thread that detaches, waits or begins another section
    gives up its sections, but not a mutex that it locked by hand: any call of the C API that needs the object, a dict
    or list method, an attribute, then waits for a mutex that its own thread holds. The field exists on free-threaded
    builds only, and its type may change.

How to fix it
    ``Py_BEGIN_CRITICAL_SECTION(op)`` (Python 3.13). Where the lock has to survive calls that run Python code, give the
    object a ``PyMutex`` field of its own.

References
    https://docs.python.org/3/c-api/synchronization.html
    https://github.com/python/cpython/issues/125053
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """Every lock taken on the header's mutex by hand."""
    for file in facts.files:
        for lock in file.locks:
            if not lock.is_critical_section and lock.name.endswith(("->ob_mutex", ".ob_mutex")):
                yield rule.finding(
                    file,
                    lock.span,
                    f"'{lock.name}' is the interpreter's own lock: a call that enters a critical section on the object "
                    "waits for ever for the mutex that its own thread holds",
                    fix="begin a critical section on the object (Python 3.13), or give it a PyMutex of its own",
                )


rule = Rule(
    code="UG305",
    slug="locks-ob-mutex",
    severity=Severity.ERROR,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a lock on the object's header",
            """\
static int
increment(Counter *self)
{
    PyMutex_Lock(&((PyObject *)self)->ob_mutex);  // <--
    self->count++;
    PyMutex_Unlock(&((PyObject *)self)->ob_mutex);
    return 0;
}
""",
        ),
        Good(
            "a critical section",
            """\
static int
increment(Counter *self)
{
    Py_BEGIN_CRITICAL_SECTION(self);
    self->count++;
    Py_END_CRITICAL_SECTION();
    return 0;
}
""",
        ),
        Good(
            "a mutex of its own",
            """\
static int
increment(Counter *self)
{
    PyMutex_Lock(&self->mutex);
    self->count++;
    PyMutex_Unlock(&self->mutex);
    return 0;
}
""",
        ),
        Bad(
            "a lock by a macro",
            """\
#define LOCK_HEADER(op) PyMutex_Lock(&(op)->ob_mutex)
#define UNLOCK_HEADER(op) PyMutex_Unlock(&(op)->ob_mutex)

static int
increment(PyObject *op)
{
    LOCK_HEADER(op);  // <--
    ((Counter *)op)->count++;
    UNLOCK_HEADER(op);
    return 0;
}
""",
        ),
    ),
)
