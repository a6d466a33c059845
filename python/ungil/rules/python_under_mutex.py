"""Python code runs while a mutex is held.

What it finds
    A call that runs Python code (``PyObject_Call*()``, attributes, comparisons, iteration, imports, warnings), or
    gives up a reference to an object that was not made there, between the lock and the unlock of a mutex, directly or
    in a helper. Critical sections, trylocks and recursive mutexes are left alone. A decref, which runs a destructor
    only if it drops the last reference, and a lookup of a key, which may be a plain one, are notes.

Why it is unsafe without the GIL
    The Python code, or the destructor, can come back into the same module and wait for the mutex that its own thread
    holds. It can also take a second lock while another thread, which has that one, waits for the mutex. Both wait for
    ever. Unlike a critical section, a mutex is not given up meanwhile.

How to fix it
    Take what is needed under the mutex (with a new reference of its own), unlock, and then call. Swap the old value
    out under the mutex and drop its reference after the unlock. Where Python code has to run under a lock, use a
    critical section (Python 3.13), which cannot deadlock.

References
    https://docs.python.org/3/c-api/synchronization.html#c.PyMutex
    https://github.com/python/cpython/issues/119525
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Call, Facts, Lock
from ungil.facts.native.suspension import Suspension, Suspensions, Why, is_own, suspensions
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity

_MOST_CALLS = 300  # under one lock
_WHAT = {
    Why.COMPARES: "hashes and compares a key, whose class",
    Why.DROPS: "may drop the last reference, and the destructor",
    Why.RUNS_PYTHON: "runs Python code, which",
}


def check(facts: Facts) -> Iterator[Finding]:
    """Every mutex under which Python code may run, at the likeliest call."""
    asked = suspensions(facts)
    for file in facts.files:
        for lock in file.locks:
            if _is_mutex(lock) and not lock.function.only_initialises and not lock.function.is_finaliser:
                worst = max(_under(lock, asked), key=lambda found: found[1].why, default=None)
                if worst is not None:
                    yield _finding(lock, *worst)


def _is_mutex(lock: Lock) -> bool:
    """Is it certain that the thread blocks on it, and would block on itself?"""
    if lock.is_critical_section or lock.tries or lock.is_guessed or lock.is_annotation or not lock.is_released:
        return False
    last = lock.name.replace("->", ".").rpartition(".")[2]
    kind = lock.function.type_of(last) + lock.verb + last
    return bool(last) and "ecursive" not in kind and lock.verb != "EnterCriticalSection" and not _does_not_wait(lock)


def _does_not_wait(lock: Lock) -> bool:
    """``PyThread_acquire_lock(lock, NOWAIT_LOCK)`` only tries."""
    if lock.verb != "PyThread_acquire_lock":
        return False
    takes = (call for call in lock.function.calls if call.name == lock.verb and call.span.line == lock.span.line)
    return any(call.arguments[1].text in {"NOWAIT_LOCK", "0"} for call in takes if call.arguments[1:])


def _under(lock: Lock, asked: Suspensions) -> Iterator[tuple[Call, Suspension]]:
    for call in lock.calls[:_MOST_CALLS]:
        found = asked.of_call(call)
        if found is not None and found.why is not Why.DETACHES and not is_own(call):
            yield call, found


def _finding(lock: Lock, call: Call, found: Suspension) -> Finding:
    drops = found.why is Why.DROPS
    return rule.finding(
        call.function.file,
        call.span,
        f"{found.text} {_WHAT[found.why]} can come back and wait for '{lock.name}', which its own thread holds, "
        "or for a lock whose holder waits for it",
        fix=f"keep the old value in a local and drop its reference after '{lock.name}' is released"
        if drops
        else f"make the call before '{lock.name}' is locked or after it is released, or use a critical section "
        "(Python 3.13)",
        severity=None if found.why is Why.RUNS_PYTHON else Severity.NOTE,
        confidence=Confidence.MEDIUM,
        evidence=(f"'{lock.name}' is locked at line {lock.span.line}", *_path(found)),
    )


def _path(found: Suspension) -> tuple[str, ...]:
    return (" calls ".join(found.path),) if found.path[1:] else ()


rule = Rule(
    code="UG308",
    slug="python-under-mutex",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a callback under a mutex",
            """\
static PyMutex listeners_mutex;

static PyObject *
notify(Registry *self, PyObject *event)
{
    PyObject *result;
    PyMutex_Lock(&listeners_mutex);
    result = PyObject_CallOneArg(self->listener, event);  // <--
    PyMutex_Unlock(&listeners_mutex);
    return result;
}
""",
        ),
        Good(
            "the callback is taken under the mutex and called after it",
            """\
static PyMutex listeners_mutex;

static PyObject *
notify(Registry *self, PyObject *event)
{
    PyObject *listener, *result;
    PyMutex_Lock(&listeners_mutex);
    listener = Py_NewRef(self->listener);
    PyMutex_Unlock(&listeners_mutex);
    result = PyObject_CallOneArg(listener, event);
    Py_DECREF(listener);
    return result;
}
""",
        ),
        Bad(
            "a comparison in a helper, under a guard of C++",
            """\
static bool matches(const Entry &entry, PyObject *key) {
    return PyObject_RichCompareBool(entry.key, key, Py_EQ) == 1;
}

const Entry *Table::find(PyObject *key) {
    std::lock_guard<std::mutex> guard(mutex_);
    for (const Entry &entry : entries_) {
        if (matches(entry, key))  // <--
            return &entry;
    }
    return nullptr;
}
""",
            "example.cpp",
        ),
        Bad(
            "an old value dropped under a mutex",
            """\
static int
set_value(Cell *self, PyObject *value)
{
    PyMutex_Lock(&self->mutex);
    Py_XSETREF(self->value, Py_NewRef(value));  // <--
    PyMutex_Unlock(&self->mutex);
    return 0;
}
""",
        ),
        Good(
            "an old value swapped out and dropped after the mutex",
            """\
static int
set_value(Cell *self, PyObject *value)
{
    PyObject *old;
    PyMutex_Lock(&self->mutex);
    old = self->value;
    self->value = Py_NewRef(value);
    PyMutex_Unlock(&self->mutex);
    Py_XDECREF(old);
    return 0;
}
""",
        ),
        Good(
            "a critical section, which is given up meanwhile",
            """\
static int
matches(Cell *self, PyObject *wanted)
{
    int same;
    Py_BEGIN_CRITICAL_SECTION(self);
    PyObject *value = Py_NewRef(self->value);
    same = PyObject_RichCompareBool(value, wanted, Py_EQ);
    Py_DECREF(value);
    Py_END_CRITICAL_SECTION();
    return same;
}
""",
        ),
        Good(
            "only objects that the function makes itself",
            """\
static int
record(Log *self, long value)
{
    PyMutex_Lock(&self->mutex);
    PyObject *number = PyLong_FromLong(value);
    if (number != NULL) {
        self->total += PyLong_AsLong(number);
        Py_DECREF(number);
    }
    PyMutex_Unlock(&self->mutex);
    return number == NULL ? -1 : 0;
}
""",
        ),
        Good(
            "a guard in a helper, which ends with it",
            """\
#define LOCK_TABLE(table) std::unique_lock<std::mutex> lock((table).mutex)

static long count_entries() {
    LOCK_TABLE(entries);
    return entries.size;
}

PyObject *call_when_full(PyObject *self, PyObject *callback) {
    if (count_entries() < 8)
        Py_RETURN_NONE;
    return PyObject_CallNoArgs(callback);
}
""",
            "example.cpp",
        ),
    ),
)
