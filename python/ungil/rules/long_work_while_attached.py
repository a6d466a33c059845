"""The thread waits for the world while it is attached.

What it finds
    Calls that wait for a device, a peer or a clock (``recv()``, ``poll()``, ``sleep()``, ``getaddrinfo()``,
    ``connect()``, ``fsync()``, ``waitpid()``, ...) made with an attached thread state.

Why it is unsafe without the GIL
    Other threads run on, but the garbage collector and everything else that stops the world (changing a type,
    starting to trace) waits for each attached thread. One thread that sleeps for a second attached may hold all of
    them up for that second. On a GIL-enabled build nobody else runs at all.

How to fix it
    Detach around the call: ``Py_BEGIN_ALLOW_THREADS`` ... ``Py_END_ALLOW_THREADS``.

References
    https://docs.python.org/3/howto/free-threading-extensions.html#thread-state-and-gil-apis
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.capi import libc
from ungil.facts.model import Facts
from ungil.facts.native.attachment import attached_calls
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity

_AT_ONCE = frozenset({"WNOHANG", "MSG_DONTWAIT", "LOCK_NB", "LOCK_UN"})


def check(facts: Facts) -> Iterator[Finding]:
    """The first such call of each function."""
    reported = set()
    for call in attached_calls(facts, libc.waiting_for("world")):
        returns_at_once = any(flag in value.text for value in call.arguments for flag in _AT_ONCE)
        if call.function.key not in reported and not returns_at_once:
            reported.add(call.function.key)
            yield rule.finding(
                call.function.file,
                call.span,
                f"{call.name}() may wait while this thread is attached: every thread that needs a "
                f"stop-the-world pause, "
                "the garbage collector first of all, waits with it",
                fix="detach around the call with Py_BEGIN_ALLOW_THREADS and Py_END_ALLOW_THREADS",
                confidence=Confidence.MEDIUM,
            )


rule = Rule(
    code="UG330",
    slug="long-work-while-attached",
    severity=Severity.NOTE,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "receiving from a socket",
            """\
static PyObject *
receive(PyObject *self, PyObject *args)
{
    int fd;
    char data[512];
    if (!PyArg_ParseTuple(args, "i", &fd))
        return NULL;
    ssize_t size = recv(fd, data, sizeof data, 0);  // <--
    return size < 0 ? NULL : PyBytes_FromStringAndSize(data, size);
}
""",
        ),
        Good(
            "detached while it waits",
            """\
static PyObject *
receive(PyObject *self, PyObject *args)
{
    int fd;
    char data[512];
    ssize_t size;
    if (!PyArg_ParseTuple(args, "i", &fd))
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    size = recv(fd, data, sizeof data, 0);
    Py_END_ALLOW_THREADS
    return size < 0 ? NULL : PyBytes_FromStringAndSize(data, size);
}
""",
        ),
        Good(
            "a call that returns at once, and a method of the same name",
            """\
static PyObject *
reap(Pool *self, PyObject *unused)
{
    int status;
    self->api->poll(self, &status, 0);
    return PyLong_FromLong(waitpid(self->pid, &status, WNOHANG));
}
""",
        ),
    ),
)
