"""A thread-local variable owns a Python object.

What it finds
    A variable with thread storage (``thread_local``, ``_Thread_local``, ``__thread``, ``__declspec(thread)``) that
    points to a Python object or holds one of a binding library.

Why it is unsafe without the GIL
    Nobody releases the object when its thread ends: C has no destructor for it, and that of a C++ object runs after the
    thread state is gone, where it must not touch a reference count. Each thread that comes and goes leaks one object,
    or crashes. An object that is made per thread is also not seen by ``tp_traverse`` of the module.

How to fix it
    Keep it in the dict of the thread state (``PyThreadState_GetDict()``), which the interpreter clears with the thread,
    or in a ``threading.local`` of the module. Pure C data may stay thread-local.

References
    https://docs.python.org/3/c-api/init.html#c.PyThreadState_GetDict
    https://docs.python.org/3/c-api/init.html#thread-specific-storage-tss-api
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.rule import Bad, Finding, Good, Rule, Severity

def check(facts: Facts) -> Iterator[Finding]:
    """Every such variable, at its declaration."""
    libraries = (v for v in facts.object_statics if "thread_local" in v.declaration)
    for variable in (*facts.thread_objects, *libraries):
        yield rule.finding(
            variable.file,
            variable.span,
            f"each thread that ends leaves the object in '{variable.name}' behind, or releases it without a thread state",
            fix="keep it in the dict of the thread state (PyThreadState_GetDict()), or in a threading.local",
            evidence=(f"'{variable.name}' is declared '{variable.declaration}'",),
        )


rule = Rule(
    code="UG230",
    slug="thread-local-object",
    severity=Severity.NOTE,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a buffer object for each thread",
            """\
static _Thread_local PyObject *scratch;  // <--

static PyObject *
get_scratch(void)
{
    if (scratch == NULL)
        scratch = PyByteArray_FromStringAndSize(NULL, 4096);
    return Py_XNewRef(scratch);
}
""",
        ),
        Good(
            "pure C data for each thread",
            """\
static _Thread_local char scratch[4096];

static char *
get_scratch(void)
{
    scratch[0] = 0;
    return scratch;
}
""",
        ),
        Good(
            "an object in the dict of the thread state",
            """\
static PyObject *
get_scratch(PyObject *key)
{
    PyObject *made = PyByteArray_FromStringAndSize(NULL, 4096), *scratch = NULL;
    if (made != NULL && PyDict_SetDefaultRef(PyThreadState_GetDict(), key, made, &scratch) < 0)
        scratch = NULL;
    Py_XDECREF(made);
    return scratch;
}
""",
        ),
        Bad(
            "a binding library's object",
            """\
py::dict cache_of_this_thread() {
    thread_local py::dict cache;  // <--
    return cache;
}
""",
            "example.cpp",
        ),
    ),
)
