"""Attaching or detaching is compiled out of the free-threaded build.

What it finds
    ``Py_BEGIN_ALLOW_THREADS``, ``PyEval_SaveThread()``, ``PyGILState_Ensure()`` and their kin in a branch that
    ``Py_GIL_DISABLED`` excludes, as in ``#ifndef Py_GIL_DISABLED``, where the free-threaded build has nothing in their
    place.

Why it is unsafe without the GIL
    They are not about the GIL but about the thread state, which every build needs. A native thread that does not
    attach calls the API without one and crashes. A thread that does not detach around blocking work stays attached, and
    every other thread that asks for a stop-the-world pause (the garbage collector first of all) waits for it, and all
    threads with it.

How to fix it
    Remove the condition: the same calls are right on both builds.

References
    https://docs.python.org/3/howto/free-threading-extensions.html#thread-state-and-gil-apis
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts, File
from ungil.rule import Bad, Finding, Good, Rule, Severity

_ATTACHES = frozenset({"PyGILState_Ensure", "PyThreadState_Ensure", "PyEval_RestoreThread", "gil_scoped_acquire"})
_DETACHES = frozenset({"Py_BEGIN_ALLOW_THREADS", "PyEval_SaveThread", "gil_scoped_release"})


def check(facts: Facts) -> Iterator[Finding]:
    """The first of each kind that a branch leaves out."""
    for file in facts.files:
        left_out = file.compiled_out(set(_ATTACHES | _DETACHES))
        seen = set()
        for name, span, conditions in left_out:
            kind = name in _ATTACHES
            if (kind, span.line) in seen or name == "PyEval_RestoreThread" or _has_another(file, name):
                continue
            seen.add((kind, span.line))
            harm = (
                "a native thread then calls the API without a thread state"
                if kind
                else "this thread then stays attached, and another thread's stop-the-world pause waits for it"
            )
            yield rule.finding(
                file,
                span,
                f"{name} is left out of the free-threaded build: {harm}",
                fix="remove the condition: attaching and detaching are about the thread state, which both builds have",
                evidence=(f"compiled only if {conditions[0]}",) if conditions else (),
            )


def _has_another(file: File, name: str) -> bool:
    """Does the free-threaded build have a branch of its own that attaches or detaches?"""
    if any(_about_gil(region.calls[0].conditions) for region in file.detached if region.calls):
        return True
    return any(_about_gil(call.conditions) for call in file.calls_to(set(_ATTACHES | _DETACHES | {name})))


def _about_gil(conditions: list[str]) -> bool:
    return any("Py_GIL_DISABLED" in condition for condition in conditions)


rule = Rule(
    code="UG314",
    slug="detach-compiled-out",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "no detaching, since there is no GIL to release",
            """\
static PyObject *
compress(PyObject *self, PyObject *unused)
{
#ifndef Py_GIL_DISABLED
    Py_BEGIN_ALLOW_THREADS  // <--
#endif
    compress_all();
#ifndef Py_GIL_DISABLED
    Py_END_ALLOW_THREADS
#endif
    return Py_NewRef(Py_None);
}
""",
        ),
        Good(
            "the same on both builds",
            """\
static PyObject *
compress(PyObject *self, PyObject *unused)
{
    Py_BEGIN_ALLOW_THREADS
    compress_all();
    Py_END_ALLOW_THREADS
    return Py_NewRef(Py_None);
}
""",
        ),
        Bad(
            "no attaching, in a native library's callback",
            """\
static PyObject *callback;

static void
on_event(int code)
{
#ifndef Py_GIL_DISABLED
    PyGILState_STATE state = PyGILState_Ensure();  // <--
#endif
    PyObject *result = PyObject_CallFunction(callback, "i", code);
    Py_XDECREF(result);
#ifndef Py_GIL_DISABLED
    PyGILState_Release(state);
#endif
}
""",
        ),
        Good(
            "a branch for each build",
            """\
static PyObject *
compress(Codec *self, PyObject *unused)
{
#ifdef Py_GIL_DISABLED
    PyThreadState *saved = PyEval_SaveThread();
    PyMutex_Lock(&self->lock);
    compress_all(self->codec);
    PyMutex_Unlock(&self->lock);
    PyEval_RestoreThread(saved);
#else
    Py_BEGIN_ALLOW_THREADS
    compress_all(self->codec);
    Py_END_ALLOW_THREADS
#endif
    return Py_NewRef(Py_None);
}
""",
        ),
    ),
)
