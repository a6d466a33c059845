"""A function returns with a mutex still locked.

What it finds
    ``return``, ``throw``, ``goto`` and the project's own macros that return, between the lock and the unlock of a mutex
    that no guard holds, when nothing on that way unlocks it. Trylocks, and functions that hand the locked mutex on, are
    left alone.

Why it is unsafe without the GIL
    A mutex stays locked until it is unlocked: the next thread that needs it, or the same one, waits for ever. Such ways
    out are error paths, which tests seldom take. Where the lock is new, and the function is older, its ``return``
    statements were written when there was nothing to release.

How to fix it
    Unlock on the way out, or give the function one way out: keep the result in a variable, jump to a label before the
    unlock, or move the body into a function of its own. In C++ use ``std::lock_guard``, ``std::unique_lock`` or
    ``nb::ft_lock_guard``.

References
    https://docs.python.org/3/c-api/synchronization.html#c.PyMutex_Unlock
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """The first such way out for each lock."""
    for file in facts.files:
        functions = {lock.function.key: lock.function for lock in file.locks if not lock.is_critical_section}
        for function in functions.values():
            seen = set()
            for leaving in function.exits:
                lock = leaving.lock
                if lock.is_critical_section or lock.span.line in seen:
                    continue
                seen.add(lock.span.line)
                yield rule.finding(
                    file,
                    leaving.span,
                    f"'{leaving.text}' leaves {function.name}() with '{lock.name}' locked: the next thread that needs "
                    "it waits for ever",
                    fix=f"unlock '{lock.name}' on this way out, or leave by way of the unlock at the end",
                    confidence=Confidence.MEDIUM,
                    evidence=(f"'{lock.name}' is locked at line {lock.span.line}",),
                )


rule = Rule(
    code="UG313",
    slug="mutex-left-locked",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "an error path that returns",
            """\
static int
push(Pool *self, int item)
{
    PyMutex_Lock(&self->mutex);
    if (self->used == self->size) {
        PyErr_SetString(PyExc_OverflowError, "the pool is full");
        return -1;  // <--
    }
    self->items[self->used++] = item;
    PyMutex_Unlock(&self->mutex);
    return 0;
}
""",
        ),
        Good(
            "an error path that unlocks",
            """\
static int
push(Pool *self, int item)
{
    PyMutex_Lock(&self->mutex);
    if (self->used == self->size) {
        PyMutex_Unlock(&self->mutex);
        PyErr_SetString(PyExc_OverflowError, "the pool is full");
        return -1;
    }
    self->items[self->used++] = item;
    PyMutex_Unlock(&self->mutex);
    return 0;
}
""",
        ),
        Bad(
            "a jump past the unlock, and an exception",
            """\
int Pool::push(int item) {
    pthread_mutex_lock(&mutex_);
    if (used_ == size_)
        throw std::overflow_error("the pool is full");  // <--
    items_[used_++] = item;
    pthread_mutex_unlock(&mutex_);
    return 0;
}

int Pool::pop(int *item) {
    int result = -1;
    pthread_mutex_lock(&mutex_);
    if (used_ == 0)
        goto done;  // <--
    *item = items_[--used_];
    result = 0;
    pthread_mutex_unlock(&mutex_);
done:
    return result;
}
""",
            "example.cpp",
        ),
        Good(
            "a jump to the unlock, a helper that unlocks, a loop that is left locked and then unlocks",
            """\
static int
fail(Pool *self)
{
    PyMutex_Unlock(&self->mutex);
    return -1;
}

static int
push(Pool *self, int item)
{
    int result = -1;
    PyMutex_Lock(&self->mutex);
    if (self->closed)
        return fail(self);
    if (self->used == self->size)
        goto done;
    for (int i = 0; i < self->used; i++) {
        if (self->items[i] == item)
            break;
    }
    self->items[self->used++] = item;
    result = 0;
done:
    PyMutex_Unlock(&self->mutex);
    return result;
}
""",
        ),
        Good(
            "a guard, and a function that hands the locked mutex on",
            """\
int Pool::push(int item) {
    std::lock_guard<std::mutex> guard(mutex_);
    if (used_ == size_)
        throw std::overflow_error("the pool is full");
    items_[used_++] = item;
    return 0;
}

bool Pool::begin() {
    pthread_mutex_lock(&handle_);
    if (closed_) {
        pthread_mutex_unlock(&handle_);
        return false;
    }
    return true;
}
""",
            "example.cpp",
        ),
    ),
)
