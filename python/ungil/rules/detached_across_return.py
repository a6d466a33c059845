"""A function is left while its thread is detached.

What it finds
    ``return``, ``goto``, ``Py_RETURN_NONE`` and macros that return, in a region that this function detaches and, on its
    other paths, attaches again. Functions that detach for their caller, guards, and ways out that attach first
    (``Py_BLOCK_THREADS``) are left alone.

Why it is unsafe without the GIL
    The caller, and after it the interpreter, go on without a thread state: the next use of the API dereferences NULL or
    aborts, while other threads and the garbage collector take the thread for one that touches no object. Where
    the state was saved in a local variable nobody can restore it any more.

How to fix it
    Keep the result in a variable and return it after the end of the region; or attach on the way out with
    ``Py_BLOCK_THREADS`` or ``PyEval_RestoreThread()``. In C++ use ``gil_scoped_release``.

References
    https://docs.python.org/3/c-api/threads.html#c.Py_BLOCK_THREADS
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """The first way out of each region that skips its end."""
    for file in facts.files:
        for region in file.detached:
            if region.leaves:
                text, span = region.leaves[0]
                others = [f"so does '{word}' in line {place.line}" for word, place in region.leaves[1:4]]
                yield rule.finding(
                    file,
                    span,
                    f"'{text}' leaves the function while this thread is detached: the interpreter goes on without a "
                    "thread state, and other threads take this one for one that touches no object",
                    fix="keep the result and return it after the region, or attach first with Py_BLOCK_THREADS or "
                    "PyEval_RestoreThread()",
                    evidence=(f"detached by {region.text} in line {region.span.line}", *others),
                )


rule = Rule(
    code="UG332",
    slug="detached-across-return",
    severity=Severity.ERROR,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "an early return between begin and end",
            """\
static PyObject *
flush(PyObject *self, PyObject *unused)
{
    Py_BEGIN_ALLOW_THREADS
    if (write_all() < 0)
        return NULL;  // <--
    sync_all();
    Py_END_ALLOW_THREADS
    return Py_NewRef(Py_None);
}
""",
        ),
        Good(
            "the result is kept until the thread is attached",
            """\
static PyObject *
flush(PyObject *self, PyObject *unused)
{
    int failed;
    Py_BEGIN_ALLOW_THREADS
    failed = write_all() < 0;
    if (!failed)
        sync_all();
    Py_END_ALLOW_THREADS
    return failed ? NULL : Py_NewRef(Py_None);
}
""",
        ),
        Good(
            "attached on the way out",
            """\
static PyObject *
flush(PyObject *self, PyObject *unused)
{
    PyThreadState *saved = PyEval_SaveThread();
    if (write_all() < 0) {
        PyEval_RestoreThread(saved);
        return NULL;
    }
    sync_all();
    PyEval_RestoreThread(saved);
    return Py_NewRef(Py_None);
}
""",
        ),
        Bad(
            "a jump past the end",
            """\
static int
flush(int fd)
{
    int failed = 1;
    PyThreadState *saved = PyEval_SaveThread();
    if (write_all(fd) < 0)
        goto done;  // <--
    failed = sync_all(fd) < 0;
    PyEval_RestoreThread(saved);
done:
    return failed;
}
""",
        ),
        Good(
            "a jump to the end, and a pair of functions that detach for their caller",
            """\
static void
leave(Link *self)
{
    self->saved = PyEval_SaveThread();
}

static void
enter(Link *self)
{
    PyEval_RestoreThread(self->saved);
}

static int
flush(Link *self, int fd)
{
    int failed = 1;
    leave(self);
    if (write_all(fd) < 0)
        goto done;
    failed = 0;
done:
    enter(self);
    return failed;
}
""",
        ),
    ),
)
