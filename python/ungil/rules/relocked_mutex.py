"""A mutex is locked by the thread that already holds it.

What it finds
    ``PyMutex_Lock()`` and its kin on a mutex that the function holds at that point, and calls of a helper that locks
    the mutex which its caller holds: the same static variable, or the same field of the object that is handed over.
    Locks that may be taken twice (``recursive_mutex``, ``EnterCriticalSection()``) and trylocks are left alone.

Why it is unsafe without the GIL
    ``PyMutex`` is not re-entrant, nor are ``std::mutex`` and most others: the thread waits for itself, for ever, and
    so does every other thread that needs the mutex. A critical section is different: a section on an object whose
    lock the thread already holds is harmless.

How to fix it
    Split the helper in two, one that locks and one whose caller holds the lock (``grow_locked()``), and call the
    latter.

References
    https://docs.python.org/3/c-api/synchronization.html#c.PyMutex
    https://github.com/python/cpython/issues/146536
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Call, Facts, Function, Lock
from ungil.rule import Bad, Finding, Good, Rule, Severity

_NOT_REENTRANT = frozenset({"PyMutex_Lock"})


def check(facts: Facts) -> Iterator[Finding]:
    """Every mutex that its own holder locks again, in the function itself or in a helper that it calls."""
    for file in facts.files:
        for lock in file.locks:
            if _is_plain(lock):
                yield from _in_function(lock)
                yield from _in_helpers(lock)


def _is_plain(lock: Lock) -> bool:
    return lock.verb in _NOT_REENTRANT and lock.is_released and bool(lock.name)


def _in_function(lock: Lock) -> Iterator[Finding]:
    for held in lock.locks:
        before = (held.span.line, held.span.column) < (lock.span.line, lock.span.column)
        if before and _is_plain(held) and held.name == lock.name:
            yield _finding(lock, held, "here")
            return


def _in_helpers(lock: Lock) -> Iterator[Finding]:
    for call in lock.calls:
        helpers = [] if call.is_member else call.function.resolve(call.name)
        if len(helpers) != 1 or helpers[0].key == call.function.key:
            continue
        again = next((inner for inner in helpers[0].locks if _is_plain(inner) and _is_same(lock, call, inner)), None)
        if again is not None:
            yield _finding(call, lock, f"in {call.name}(), line {again.span.line}")
            return


def _is_same(held: Lock, call: Call, inner: Lock) -> bool:
    """Does ``inner``, in the helper that ``call`` enters, lock what the caller holds?"""
    first, _, rest = inner.name.partition("->")
    names = [name for name, _ in inner.function.parameters]
    if first not in names:
        return not rest and inner.name == held.name and _is_static(inner.function, first)
    index = names.index(first)
    given = call.arguments[index].text.lstrip("&") if index < len(call.arguments) else ""
    return bool(given) and held.name == (f"{given}->{rest}" if rest else given)


def _is_static(function: Function, name: str) -> bool:
    return any(variable.name == name for variable in function.file.variables)


def _finding(again: Lock | Call, held: Lock, where: str) -> Finding:
    return rule.finding(
        again.function.file,
        again.span,
        f"'{held.name}' is locked again {where} by the thread that holds it: it waits for itself, and every other "
        "thread that needs the mutex waits too",
        fix="split off a function whose caller holds the lock, and call that",
        evidence=(f"locked first at line {held.span.line}",),
    )


rule = Rule(
    code="UG306",
    slug="relocked-mutex",
    severity=Severity.ERROR,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a helper that locks what its caller holds",
            """\
static void
grow(Pool *pool)
{
    PyMutex_Lock(&pool->mutex);
    pool->size *= 2;
    PyMutex_Unlock(&pool->mutex);
}

static void
push(Pool *self, int item)
{
    PyMutex_Lock(&self->mutex);
    if (self->used == self->size)
        grow(self);  // <--
    self->items[self->used++] = item;
    PyMutex_Unlock(&self->mutex);
}
""",
        ),
        Good(
            "a helper whose caller holds the lock",
            """\
static void
grow_locked(Pool *pool)
{
    pool->size *= 2;
}

static void
push(Pool *self, int item)
{
    PyMutex_Lock(&self->mutex);
    if (self->used == self->size)
        grow_locked(self);
    self->items[self->used++] = item;
    PyMutex_Unlock(&self->mutex);
}
""",
        ),
        Bad(
            "one mutex locked twice",
            """\
static PyMutex registry_mutex;

static void
reset(Registry *registry)
{
    PyMutex_Lock(&registry_mutex);
    registry->count = 0;
    if (registry->dirty) {
        PyMutex_Lock(&registry_mutex);  // <--
        registry->dirty = 0;
        PyMutex_Unlock(&registry_mutex);
    }
    PyMutex_Unlock(&registry_mutex);
}
""",
        ),
        Good(
            "one mutex, locked on each of two ways",
            """\
static void
reset(Registry *registry)
{
    if (registry->dirty)
        PyMutex_Lock(&registry->mutex);
    else
        PyMutex_Lock(&registry->mutex);
    registry->count = 0;
    PyMutex_Unlock(&registry->mutex);
}
""",
        ),
        Good(
            "the mutexes of two objects, and one that is released in between",
            """\
static void
grow(Pool *pool)
{
    PyMutex_Lock(&pool->mutex);
    pool->size *= 2;
    PyMutex_Unlock(&pool->mutex);
}

static void
feed(Pool *self, Pool *reserve)
{
    PyMutex_Lock(&self->mutex);
    self->used = 0;
    grow(reserve);
    PyMutex_Unlock(&self->mutex);
    grow(self);
}
""",
        ),
    ),
)
