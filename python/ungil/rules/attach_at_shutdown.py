"""A native thread attaches without asking whether the interpreter is still there.

What it finds
    ``PyGILState_Ensure()`` in a function that native threads begin with, or whose address is handed out as a
    callback of a native library, when neither it nor the functions that it calls ask whether the interpreter is
    going away.

Why it is unsafe without the GIL
    While the interpreter shuts down, ``PyGILState_Ensure()`` never returns: up to Python 3.13 it ends the thread,
    from 3.14 it hangs it, with every lock that the thread holds. The main thread, which may be waiting for such a
    lock or for the thread itself, hangs as well. Without the GIL native threads really run while the interpreter
    goes away, so this is seen more often.

How to fix it
    From Python 3.15, take a ``PyInterpreterView`` while attached, and in the thread get a ``PyInterpreterGuard``
    from it and call ``PyThreadState_Ensure()``, which fails instead of hanging (PEP 788). Before, stop and join
    native threads in an ``atexit`` function, and hold no lock while attaching.

References
    https://peps.python.org/pep-0788/
    https://docs.python.org/3/c-api/threads.html#c.PyGILState_Ensure
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.facts.native.attachment import follows
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity

_ASKS = frozenset(
    {
        "Py_IsFinalizing",
        "_Py_IsFinalizing",
        "Py_IsInitialized",
        "PyInterpreterGuard_FromView",
        "PyInterpreterGuard_FromCurrent",
    }
)


def check(facts: Facts) -> Iterator[Finding]:
    """The first such call of each function that a native thread may run."""
    reported = set()
    for call in facts.calls_to({"PyGILState_Ensure"}):
        function = call.function
        if function.key in reported or function.is_called_only or function.only_initialises or function.is_finaliser:
            continue
        reported.add(function.key)
        if not follows(function, _ASKS, 1):
            how = "a native thread begins with it" if function.starts_thread else "it is handed out as a callback"
            yield rule.finding(
                function.file,
                call.span,
                f"this thread attaches in {function.name}() while the main thread may be shutting the "
                f"interpreter down: "
                "it then hangs here, with the locks that it holds",
                fix="use PyThreadState_Ensure() with a PyInterpreterGuard (Python 3.15, PEP 788), or stop native "
                "threads "
                "before the interpreter ends",
                confidence=Confidence.LOW,
                evidence=(f"{function.name}(): {how}",),
            )


rule = Rule(
    code="UG311",
    slug="attach-at-shutdown",
    severity=Severity.NOTE,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a native thread that calls back",
            """\
static void *
worker(void *argument)
{
    PyGILState_STATE state = PyGILState_Ensure();  // <--
    PyObject *result = PyObject_CallNoArgs(argument);
    Py_XDECREF(result);
    PyGILState_Release(state);
    return NULL;
}

static int
start(PyObject *callback)
{
    pthread_t thread;
    return pthread_create(&thread, NULL, worker, Py_NewRef(callback));
}
""",
        ),
        Good(
            "asked first, with the interface of Python 3.15",
            """\
static void *
worker(void *argument)
{
    struct job *job = argument;
    PyInterpreterGuard *guard = PyInterpreterGuard_FromView(job->view);
    if (guard == NULL)
        return NULL;
    PyThreadStateToken *token = PyThreadState_Ensure(guard);
    PyObject *result = PyObject_CallNoArgs(job->callback);
    Py_XDECREF(result);
    PyThreadState_Release(token);
    PyInterpreterGuard_Close(guard);
    return NULL;
}

static int
start(struct job *job)
{
    pthread_t thread;
    return pthread_create(&thread, NULL, worker, job);
}
""",
        ),
        Good(
            "a helper that a method calls",
            """\
static void
report(PyObject *callback)
{
    PyGILState_STATE state = PyGILState_Ensure();
    PyObject *result = PyObject_CallNoArgs(callback);
    Py_XDECREF(result);
    PyGILState_Release(state);
}

static PyObject *
run(PyObject *self, PyObject *callback)
{
    report(callback);
    return Py_NewRef(Py_None);
}
""",
        ),
    ),
)
