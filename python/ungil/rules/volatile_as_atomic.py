"""A variable that threads share is volatile, which is not atomic.

What it finds
    A ``volatile`` variable with static storage that functions write while the module is in use, without a lock. One of
    type ``sig_atomic_t``, which a signal handler may write, is left alone.

Why it is unsafe without the GIL
    ``volatile`` makes the compiler access memory each time; it orders nothing between threads and makes no read-modify-
    write indivisible. A thread can see the flag before what it announces, two increments can become one, and in C and
    C++ the accesses are a data race and so undefined.

How to fix it
    Declare it ``_Atomic`` (C11) or ``std::atomic`` (C++) and say the order: release where it announces something,
    acquire where that is read, relaxed for a mere count.

References
    https://docs.python.org/3/howto/free-threading-extensions.html
    https://en.cppreference.com/w/c/language/volatile
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts, Role
from ungil.facts.native.statics import names, places
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """Each such variable, where it is first written."""
    for place, statics in places(facts.shared_statics, Role.VOLATILE):
        yield rule.finding(
            place.function.file,
            place.span,
            f"one thread writes {names(statics)} here while another reads it: volatile orders nothing between them and "
            "makes no update indivisible",
            fix="make it atomic: _Atomic (C11) or std::atomic, with the order that its readers need",
            evidence=(f"{names(statics)} is volatile, and no lock is held",),
        )


rule = Rule(
    code="UG406",
    slug="volatile-as-atomic",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a flag that stops a loop",
            """\
static volatile int stop;

static PyObject *
request_stop(PyObject *self, PyObject *unused)
{
    stop = 1;  // <--
    Py_RETURN_NONE;
}

static void
run(void)
{
    while (!stop)
        step();
}
""",
        ),
        Good(
            "an atomic flag",
            """\
static _Atomic int stop;

static PyObject *
request_stop(PyObject *self, PyObject *unused)
{
    stop = 1;
    Py_RETURN_NONE;
}

static void
run(void)
{
    while (!stop)
        step();
}
""",
        ),
        Bad(
            "a counter",
            """\
static volatile long served;

static PyObject *
serve(PyObject *self, PyObject *unused)
{
    return PyLong_FromLong(++served);  // <--
}
""",
        ),
        Good(
            "what a signal handler sets",
            """\
static volatile sig_atomic_t interrupted;

static void
on_signal(int number)
{
    interrupted = 1;
}
""",
        ),
        Good(
            "under a lock",
            """\
static PyMutex lock;
static volatile long served;

static PyObject *
serve(PyObject *self, PyObject *unused)
{
    PyMutex_Lock(&lock);
    long number = ++served;
    PyMutex_Unlock(&lock);
    return PyLong_FromLong(number);
}
""",
        ),
    ),
)
