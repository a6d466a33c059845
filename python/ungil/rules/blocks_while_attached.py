"""The thread waits for another thread while it is attached.

What it finds
    ``pthread_cond_wait()``, ``pthread_join()``, ``sem_wait()``, ``WaitForSingleObject()``, ``std::thread::join()``,
    ``std::future::get()``, a condition variable's ``wait()`` and the like, called while the thread has an attached
    thread state. Waits in a detached region, waits with a timeout of zero, and code that never touches Python are
    left alone. ``PyMutex_Lock()`` and ``PyEvent`` detach by themselves.

Why it is unsafe without the GIL
    The thread that is waited for may have to attach before it can finish: it may be a Python thread, call back into
    Python, or be stopped by the garbage collector. A stop-the-world pause waits for every attached thread; this one
    does not answer while it waits, so the pause never begins, the other thread never goes on, and the process
    hangs.

How to fix it
    Wait detached: ``Py_BEGIN_ALLOW_THREADS`` ... ``Py_END_ALLOW_THREADS`` or ``gil_scoped_release`` around the
    wait. For a lock use ``PyMutex`` (Python 3.13), which detaches while it waits.

References
    https://docs.python.org/3/howto/free-threading-extensions.html#thread-state-and-gil-apis
    https://docs.python.org/3/c-api/synchronization.html#c.PyMutex_Lock
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.capi import libc
from ungil.facts.model import Call, Facts
from ungil.facts.native.attachment import attached_calls
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """Every wait for another thread that is made attached."""
    for call in attached_calls(facts, libc.waiting_for("thread")):
        if not _only_polls(call):
            yield rule.finding(
                call.function.file,
                call.span,
                f"{call.name}() waits for another thread while this one is attached: if the other has to "
                f"attach, or the "
                "garbage collector stops the world, each waits for the other",
                fix="wait detached (Py_BEGIN_ALLOW_THREADS, gil_scoped_release); for a lock use PyMutex (Python 3.13)",
                confidence=Confidence.MEDIUM,
            )


def _only_polls(call: Call) -> bool:
    return any(value.text in {"0", "std::chrono::seconds(0)", "0ms", "0s"} for value in call.arguments[1:])


rule = Rule(
    code="UG309",
    slug="blocks-while-attached",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "joining a worker that calls back",
            """\
static PyObject *
stop(PyObject *self, PyObject *unused)
{
    request_stop();
    pthread_join(worker, NULL);  // <--
    return Py_NewRef(Py_None);
}
""",
        ),
        Good(
            "joining it detached",
            """\
static PyObject *
stop(PyObject *self, PyObject *unused)
{
    request_stop();
    Py_BEGIN_ALLOW_THREADS
    pthread_join(worker, NULL);
    Py_END_ALLOW_THREADS
    return Py_NewRef(Py_None);
}
""",
        ),
        Bad(
            "the result of a task",
            """\
nb::object result_of(nb::object key) {
    std::future<int> answer = submit(key);
    return nb::cast(answer.get() + Py_IsTrue(key.ptr()) + PyObject_IsTrue(key.ptr()));  // <--
}
""",
            "example.cpp",
        ),
        Good(
            "a helper that is only called detached, and a poll",
            """\
static void
drain(void)
{
    while (pending)
        pthread_cond_wait(&done, &mutex);
}

static PyObject *
finish(PyObject *self, PyObject *unused)
{
    Py_BEGIN_ALLOW_THREADS
    drain();
    Py_END_ALLOW_THREADS
    return PyBool_FromLong(WaitForSingleObject(process, 0) == 0);
}
""",
        ),
        Good(
            "a library's own threads",
            """\
static void
pool_close(struct pool *pool)
{
    for (int i = 0; i < pool->count; i++)
        pthread_join(pool->threads[i], NULL);
}
""",
        ),
    ),
)
