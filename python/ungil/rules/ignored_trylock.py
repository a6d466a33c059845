"""A lock is tried, and nobody looks whether it was taken.

What it finds
    ``pthread_mutex_trylock()``, ``mtx_trylock()``, ``mutex.try_lock()``, a lock with a timeout and their kin as a
    statement of their own, so that the result is lost.

Why it is unsafe without the GIL
    When another thread holds the mutex, the call comes back without it, and the code after it runs unguarded, exactly
    when two threads meet. The unlock at the end then releases the other thread's lock, or is undefined.

How to fix it
    Lock it (``PyMutex_Lock()``, ``pthread_mutex_lock()``), or look at the result and do something else when it was not
    taken. The functions of POSIX and C return 0 for success, those of C++ and Windows true.

References
    https://pubs.opengroup.org/onlinepubs/9799919799/functions/pthread_mutex_lock.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Call, Facts
from ungil.rule import Bad, Finding, Good, Rule, Severity

_FUNCTIONS = frozenset(
    {
        "PyMutex_LockFast",
        "pthread_mutex_trylock",
        "pthread_mutex_timedlock",
        "pthread_rwlock_tryrdlock",
        "pthread_rwlock_trywrlock",
        "pthread_spin_trylock",
        "mtx_trylock",
        "mtx_timedlock",
        "TryEnterCriticalSection",
        "TryAcquireSRWLockExclusive",
        "TryAcquireSRWLockShared",
        "os_unfair_lock_trylock",
    }
)
_METHODS = frozenset({"try_lock", "try_lock_for", "try_lock_until", "try_lock_shared"})
_MUTEXES = frozenset(
    {"mutex", "timed_mutex", "recursive_mutex", "recursive_timed_mutex", "shared_mutex", "shared_timed_mutex"}
)


def check(facts: Facts) -> Iterator[Finding]:
    """Every attempt whose result is lost."""
    for call in facts.calls_to(_FUNCTIONS | _METHODS):
        if call.is_statement and _is_attempt(call) and not call.function.resolve(call.name):
            yield rule.finding(
                call.function.file,
                call.span,
                f"nobody looks whether {call.name}() took the lock: when another thread holds it, the code that "
                "follows runs without it",
                fix="wait for the lock, or look at the result and do something else when it was not taken",
            )


def _is_attempt(call: Call) -> bool:
    if not call.is_member:
        return call.name in _FUNCTIONS
    return call.name in _METHODS and call.function.type_of(call.receiver) in _MUTEXES


rule = Rule(
    code="UG322",
    slug="ignored-trylock",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a result that is lost",
            """\
static void
record(Log *self, int event)
{
    pthread_mutex_trylock(&self->mutex);  // <--
    self->last = event;
    pthread_mutex_unlock(&self->mutex);
}
""",
        ),
        Good(
            "a result that decides",
            """\
static int
record(Log *self, int event)
{
    if (pthread_mutex_trylock(&self->mutex) != 0)
        return 0;
    self->last = event;
    pthread_mutex_unlock(&self->mutex);
    return 1;
}
""",
        ),
        Bad(
            "a method of C++",
            """\
class Log {
    std::mutex mutex_;
    int last_;
    void record(int event);
};

void Log::record(int event) {
    mutex_.try_lock();  // <--
    last_ = event;
    mutex_.unlock();
}
""",
            "example.cpp",
        ),
        Good(
            "a guard that is asked",
            """\
void Log::record(int event) {
    std::unique_lock<std::mutex> guard(mutex_, std::try_to_lock);
    if (guard.owns_lock())
        last_ = event;
}
""",
            "example.cpp",
        ),
    ),
)
