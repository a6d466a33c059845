"""The C API is called while the thread is detached.

What it finds
    Calls that need an attached thread state (objects, reference counts, exceptions, attributes) in a region in
    which the thread has none: between ``Py_BEGIN_ALLOW_THREADS`` and ``Py_END_ALLOW_THREADS``, after
    ``PyEval_SaveThread()``, under ``gil_scoped_release``, in a native thread's function that has not attached, and
    in helpers that are only called from there. The project's own macros, wrappers and guards count. Calls that need
    no thread state (``PyMem_Raw...``, ``PyMutex_Lock()``, ``PyGILState_Ensure()``) and macros that only read a word
    are left alone.

Why it is unsafe without the GIL
    A detached thread has no thread state: the API dereferences NULL at the first allocation, exception or critical
    section. What happens to survive runs beside the garbage collector's stop-the-world pause, which waits for
    attached threads only, and beside the owner of the object.

How to fix it
    Move the call before or after the region, or attach for its duration: ``Py_BLOCK_THREADS`` ...
    ``Py_UNBLOCK_THREADS``, ``PyGILState_Ensure()``, ``gil_scoped_acquire``; from Python 3.15
    ``PyThreadState_Ensure()``.

References
    https://docs.python.org/3/c-api/threads.html#detaching-the-thread-state-from-extension-code
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Call, Facts, Region
from ungil.facts.native.attachment import needs_attachment
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity

_FIX = (
    "make the call before or after the region, or attach for its duration (Py_BLOCK_THREADS ... Py_UNBLOCK_THREADS, "
    "PyGILState_Ensure(), gil_scoped_acquire)"
)


def check(facts: Facts) -> Iterator[Finding]:
    """The first such call of every region, and of every function that only runs detached."""
    for file in facts.files:
        inside: set[tuple[tuple[int, int], int, int]] = set()
        for region in file.detached:
            calls = [call for call in region.calls if needs_attachment(call)]
            inside |= {_place(call) for call in calls}
            if calls and region.is_certain:
                yield _in_region(region, calls)
        reported = set()
        for call in file.detached_calls:
            function = call.function
            outside = function.only_runs_detached and function.key not in reported and _place(call) not in inside
            if outside and needs_attachment(call):
                reported.add(function.key)
                yield _in_helper(call)


def _place(call: Call) -> tuple[tuple[int, int], int, int]:
    return call.function.key, call.span.line, call.span.column


def _in_region(region: Region, calls: list[Call]) -> Finding:
    others = [f"so is {call.name}() in line {call.span.line}" for call in calls[1:4]]
    return rule.finding(
        region.function.file,
        calls[0].span,
        f"{calls[0].name}() is called while this thread is detached: it has no thread state, and another thread may be "
        "using or freeing the same object",
        fix=_FIX,
        evidence=(f"detached by {region.text} in line {region.span.line}", *others),
    )


def _in_helper(call: Call) -> Finding:
    how = "a native thread begins with it" if call.function.starts_thread else "it is only called detached"
    return rule.finding(
        call.function.file,
        call.span,
        f"{call.name}() is called in {call.function.name}(), whose thread is detached: it has no thread state, and "
        "another thread may be using or freeing the same object",
        fix=_FIX,
        severity=Severity.WARNING,
        confidence=Confidence.MEDIUM,
        evidence=(f"{call.function.name}(): {how}",),
    )


rule = Rule(
    code="UG310",
    slug="api-while-detached",
    severity=Severity.ERROR,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "an exception set while the thread is detached",
            """\
static PyObject *
load(PyObject *self, PyObject *path)
{
    const char *name = PyUnicode_AsUTF8(path);
    int failed = 0;
    Py_BEGIN_ALLOW_THREADS
    if (load_file(name) < 0) {
        PyErr_SetFromErrno(PyExc_OSError);  // <--
        failed = 1;
    }
    Py_END_ALLOW_THREADS
    return failed ? NULL : Py_NewRef(Py_None);
}
""",
        ),
        Good(
            "the exception is set after the thread is attached again",
            """\
static PyObject *
load(PyObject *self, PyObject *path)
{
    const char *name = PyUnicode_AsUTF8(path);
    int failed;
    Py_BEGIN_ALLOW_THREADS
    failed = load_file(name) < 0;
    Py_END_ALLOW_THREADS
    if (failed)
        return PyErr_SetFromErrno(PyExc_OSError);
    return Py_NewRef(Py_None);
}
""",
        ),
        Good(
            "attached again for the call",
            """\
static PyObject *
load(PyObject *self, PyObject *unused)
{
    Py_BEGIN_ALLOW_THREADS
    if (load_file("spam") < 0) {
        Py_BLOCK_THREADS
        return PyErr_SetFromErrno(PyExc_OSError);
    }
    Py_END_ALLOW_THREADS
    return Py_NewRef(Py_None);
}
""",
        ),
        Bad(
            "a project's own macros, and a helper that is only called between them",
            """\
#define UNLOCK { PyThreadState *saved = PyEval_SaveThread();
#define RELOCK PyEval_RestoreThread(saved); }

static void
note(PyObject *log, long line)
{
    PyObject *number = PyLong_FromLong(line);  // <--
    append_entry(log, number);
}

static PyObject *
work(PyObject *self, PyObject *log)
{
    UNLOCK
    compute();
    note(log, 1);
    RELOCK
    return Py_NewRef(Py_None);
}
""",
        ),
        Bad(
            "a guard that outlives the work",
            """\
int64_t total(nb::list values) {
    nb::gil_scoped_release detached;
    int64_t sum = crunch();
    PyObject *first = PyList_GetItemRef(values.ptr(), 0);  // <--
    return sum + (first != nullptr);
}
""",
            "example.cpp",
        ),
        Good(
            "raw memory, locks and a thread that attaches itself",
            """\
static void *
worker(void *argument)
{
    if (Py_IsFinalizing())
        return NULL;
    char *scratch = PyMem_RawMalloc(64);
    PyGILState_STATE state = PyGILState_Ensure();
    PyObject *result = PyObject_CallNoArgs(callback);
    Py_XDECREF(result);
    PyGILState_Release(state);
    PyMem_RawFree(scratch);
    return NULL;
}

static PyObject *
run(PyObject *self, PyObject *unused)
{
    pthread_t thread;
    Py_BEGIN_ALLOW_THREADS
    PyMutex_Lock(&lock);
    started = pthread_create(&thread, NULL, worker, NULL) == 0;
    PyMutex_Unlock(&lock);
    pthread_join(thread, NULL);
    Py_END_ALLOW_THREADS
    return Py_NewRef(Py_None);
}
""",
        ),
    ),
)
