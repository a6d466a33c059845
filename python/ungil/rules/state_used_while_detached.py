"""An object's native state is used while the thread is detached, with no lock of its own.

What it finds
    A native handle in an extension object's field (a hash state, a compressor, a connection, a cursor) that is
    handed to a library between ``Py_BEGIN_ALLOW_THREADS`` and ``Py_END_ALLOW_THREADS`` or the like, where neither
    the function nor all of its callers take a lock. A critical section around the region is no lock there: it is
    suspended while the thread is detached. Objects that are still being made, finalisers, text, and handles that
    lock themselves (``FILE``, mutexes) are left alone.

Why it is unsafe without the GIL
    Two threads may call the method of one object, and both work on the same native state at once: a data race on
    every build, since the region gave up the GIL too. On a GIL-enabled build the rest of each method at least ran
    alone. Most libraries allow a handle in one thread at a time.

How to fix it
    Give the object a ``PyMutex`` (Python 3.13) and hold it around each use of the handle, taken after detaching or
    before; ``PyMutex_Lock()`` detaches by itself while it waits. Or mark the object as in use, atomically, and
    raise when a second thread comes.

References
    https://docs.python.org/3/howto/free-threading-extensions.html#critical-sections
    https://docs.python.org/3/c-api/synchronization.html#c.PyMutex
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ungil.facts.model import Facts, Function, Region
from ungil.facts.native.attachment import region_locks
from ungil.facts.native.handles import Handle, Handles
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity

_ENDS = re.compile(r"dealloc|finali[sz]e|destructor|__del__|__dealloc__", re.IGNORECASE)


def check(facts: Facts) -> Iterator[Finding]:
    """The first use in each function of a handle that nothing guards."""
    handles = Handles(facts)
    reported = set()
    for file in facts.files:
        for region in file.detached:
            function = region.function
            if function.key in reported or function.only_initialises or _ends(function):
                continue
            handle = next(handles.used_in(region), None)
            if handle is not None and not region_locks(region):
                reported.add(function.key)
                yield _finding(region, handle)


def _ends(function: Function) -> bool:
    return function.is_finaliser or _ENDS.search(function.name) is not None


def _finding(region: Region, handle: Handle) -> Finding:
    sections = [lock for lock in handle.call.locks if lock.is_critical_section]
    suspended = [f"the critical section in line {lock.span.line} is suspended while detached" for lock in sections[:1]]
    return rule.finding(
        region.function.file,
        handle.call.span,
        f"{handle.call.name}() works on '{handle.text}' while this thread is detached, and another thread can call "
        "a method of the same object and work on it at the same time",
        fix="hold a PyMutex of the object (Python 3.13) around each use of the handle, or refuse a second thread",
        confidence=Confidence.MEDIUM,
        evidence=(f"detached by {region.text} in line {region.span.line}, with no mutex held", *suspended),
    )


rule = Rule(
    code="UG317",
    slug="state-used-while-detached",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a hash state that two threads may update at once",
            """\
typedef struct {
    PyObject_HEAD
    hash_state *state;
} Hasher;

static PyObject *
hasher_update(Hasher *self, PyObject *data)
{
    Py_buffer view;
    if (PyObject_GetBuffer(data, &view, PyBUF_SIMPLE) < 0)
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    hash_update(self->state, view.buf, view.len);  // <--
    Py_END_ALLOW_THREADS
    PyBuffer_Release(&view);
    return Py_NewRef(Py_None);
}
""",
        ),
        Good(
            "the object's own mutex",
            """\
typedef struct {
    PyObject_HEAD
    PyMutex mutex;
    hash_state *state;
} Hasher;

static PyObject *
hasher_update(Hasher *self, PyObject *data)
{
    Py_buffer view;
    if (PyObject_GetBuffer(data, &view, PyBUF_SIMPLE) < 0)
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    PyMutex_Lock(&self->mutex);
    hash_update(self->state, view.buf, view.len);
    PyMutex_Unlock(&self->mutex);
    Py_END_ALLOW_THREADS
    PyBuffer_Release(&view);
    return Py_NewRef(Py_None);
}
""",
        ),
        Bad(
            "a connection inside the object, under a critical section that detaching suspends",
            """\
typedef struct {
    PyObject_HEAD
    LINK link;
} Connection;

static PyObject *
connection_ping(PyObject *op, PyObject *unused)
{
    Connection *self = (Connection *)op;
    int failed;
    Py_BEGIN_CRITICAL_SECTION(op);
    Py_BEGIN_ALLOW_THREADS
    failed = link_ping(&(self->link));  // <--
    Py_END_ALLOW_THREADS
    Py_END_CRITICAL_SECTION();
    return PyBool_FromLong(!failed);
}
""",
        ),
        Good(
            "a helper whose every caller holds the lock",
            """\
typedef struct {
    PyObject_HEAD
    PyThread_type_lock lock;
    codec_state *codec;
} Codec;

static int
codec_run_locked(Codec *self)
{
    int result;
    Py_BEGIN_ALLOW_THREADS
    result = codec_run(self->codec);
    Py_END_ALLOW_THREADS
    return result;
}

static PyObject *
codec_step(Codec *self, PyObject *unused)
{
    if (!PyThread_acquire_lock(self->lock, NOWAIT_LOCK)) {
        Py_BEGIN_ALLOW_THREADS
        PyThread_acquire_lock(self->lock, WAIT_LOCK);
        Py_END_ALLOW_THREADS
    }
    int result = codec_run_locked(self);
    PyThread_release_lock(self->lock);
    return PyLong_FromLong(result);
}
""",
        ),
        Good(
            "an object that is still being made, and a number",
            """\
typedef struct {
    PyObject_HEAD
    int fd;
    LINK *link;
} Connection;

static PyObject *
connect_to(PyObject *module, PyObject *unused)
{
    Connection *self = PyObject_New(Connection, &Connection_Type);
    if (self == NULL)
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    link_open(self->link);
    Py_END_ALLOW_THREADS
    return (PyObject *)self;
}

static PyObject *
fileno_ready(Connection *self, PyObject *unused)
{
    int ready;
    Py_BEGIN_ALLOW_THREADS
    ready = wait_for(self->fd, 10);
    Py_END_ALLOW_THREADS
    return PyBool_FromLong(ready);
}
""",
        ),
    ),
)
