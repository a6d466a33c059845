"""A native thread gets an object that nobody keeps alive for it.

What it finds
    A parameter that is a Python object, handed to ``pthread_create()``, ``PyThread_start_new_thread()`` and the like as the
    new thread's argument, where the function takes no reference to it first.

Why it is unsafe without the GIL
    The reference belongs to the caller of this function. Once it returns, the caller may release the last one, and the new
    thread works on a freed object. It may even be freed before the new thread has started; without the GIL nothing
    delays the caller.

How to fix it
    ``Py_NewRef()`` the object before the thread is created, and release it in the thread once it has attached; release it
    here if the thread could not be created.

References
    https://docs.python.org/3/c-api/refcounting.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Call, Facts, Function, Value
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity


_ARGUMENT = {
    "pthread_create": 3,
    "thrd_create": 2,
    "PyThread_start_new_thread": 1,
    "_beginthread": 2,
    "_beginthreadex": 3,
}
_WAITS = frozenset({"pthread_join", "thrd_join", "WaitForSingleObject", "WaitForSingleObjectEx"})
_COUNTS = frozenset({"Py_INCREF", "Py_XINCREF", "Py_NewRef", "Py_XNewRef", "Py_IncRef"})


def check(facts: Facts) -> Iterator[Finding]:
    """Every thread that is created with an argument of this function that is an object."""
    objects = {
        name
        for file in facts.files
        for record in file.records
        if record.has_object_head
        for name in (record.name, record.alias)
    }
    for call in facts.calls_to(frozenset(_ARGUMENT)):
        given = call.arguments[_ARGUMENT[call.name] :]
        if given and _is_borrowed_object(given[0], call.function, objects) and not _is_kept(given[0], call):
            yield rule.finding(
                call.function.file,
                call.span,
                f"the new thread gets '{given[0].text}', which this function's caller can release before or while the "
                "thread uses it",
                fix="take a reference with Py_NewRef() for the thread, which releases it once it is done and attached",
                confidence=Confidence.MEDIUM,
            )


def _is_borrowed_object(value: Value, function: Function, objects: set[str]) -> bool:
    kind = function.type_of(value.text)
    return value.parameter >= 0 and value.origin == "parameter" and (kind == "PyObject" or kind in objects)


def _is_kept(value: Value, call: Call) -> bool:
    counted = any(callee in _COUNTS for callee, _, _ in value.handed)
    return counted or any(other.name in _WAITS for other in call.function.calls)


rule = Rule(
    code="UG331",
    slug="thread-created-with-borrowed-object",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a thread that outlives the call",
            """\
static PyObject *
start(PyObject *self, PyObject *callback)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, worker, callback) != 0)  // <--
        return PyErr_SetFromErrno(PyExc_OSError);
    return Py_NewRef(Py_None);
}
""",
        ),
        Good(
            "a reference for the thread",
            """\
static PyObject *
start(PyObject *self, PyObject *callback)
{
    pthread_t thread;
    Py_INCREF(callback);
    if (pthread_create(&thread, NULL, worker, callback) != 0) {
        Py_DECREF(callback);
        return PyErr_SetFromErrno(PyExc_OSError);
    }
    return Py_NewRef(Py_None);
}
""",
        ),
        Good(
            "a thread that ends before the call does",
            """\
static PyObject *
run(PyObject *self, PyObject *callback)
{
    pthread_t thread;
    Py_BEGIN_ALLOW_THREADS
    if (pthread_create(&thread, NULL, worker, callback) == 0)
        pthread_join(thread, NULL);
    Py_END_ALLOW_THREADS
    return Py_NewRef(Py_None);
}
""",
        ),
    ),
)
