"""A once-call that needs Python is waited for while attached.

What it finds
    ``std::call_once()``, ``pthread_once()``, ``call_once()`` and ``InitOnceExecuteOnce()`` made attached, with a
    function or lambda that calls Python.

Why it is unsafe without the GIL
    One thread runs the function, the others wait for it inside the C library, attached. The function may detach, in
    an import, a lock or a critical section, and must attach again before it can finish; if the garbage collector
    stops the world in between, it waits for the waiting threads, and they wait for the function: the process hangs.
    With the GIL the same happens as soon as the function gives it up.

How to fix it
    Detach before the once-call and attach inside the function, or use ``py::gil_safe_call_once_and_store``
    (pybind11 2.12); or do the work when the module is initialised.

References
    https://pybind11.readthedocs.io/en/stable/advanced/misc.html#common-sources-of-global-interpreter-lock-errors
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Call, Facts
from ungil.facts.native.attachment import touches_python
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity

_ONCE = frozenset({"call_once", "pthread_once", "InitOnceExecuteOnce"})
_PYTHON_IN_LAMBDA = ("Py", "py::", "nb::", "pybind11::", "nanobind::")


def check(facts: Facts) -> Iterator[Finding]:
    """Every once-call that is made attached, of something that needs Python."""
    for call in facts.calls_to(_ONCE):
        own = call.is_member or call.function.resolve(call.name)
        if call.is_detached or call.function.only_initialises or own or not _needs_python(call):
            continue
        yield rule.finding(
            call.function.file,
            call.span,
            f"threads wait in {call.name}() while they are attached, and the one that runs the function needs "
            f"Python: if "
            "it detaches in between, each waits for the other",
            fix="detach before the call and attach inside the function, or use py::gil_safe_call_once_and_store "
            "(pybind11 2.12)",
            confidence=Confidence.MEDIUM,
        )


def _needs_python(call: Call) -> bool:
    for value in call.arguments[1:]:
        if value.text.startswith("["):
            return any(word in value.text for word in _PYTHON_IN_LAMBDA)
        if any(touches_python(target) for target in call.function.resolve(value.text.lstrip("&"))):
            return True
    return False


rule = Rule(
    code="UG316",
    slug="call-once-while-attached",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a cache that is filled from Python",
            """\
static std::once_flag once;
static PyObject *decimal;

nb::object as_decimal(nb::object value) {
    std::call_once(once, [] { decimal = PyImport_ImportModule("decimal"); });  // <--
    return nb::steal(PyObject_CallOneArg(decimal, value.ptr()));
}
""",
            "example.cpp",
        ),
        Good(
            "detached while it waits, attached while it works",
            """\
static std::once_flag once;

nb::object as_decimal(nb::object value) {
    {
        nb::gil_scoped_release detached;
        std::call_once(once, [] {
            nb::gil_scoped_acquire attached;
            register_types(PyImport_ImportModule("decimal"));
        });
    }
    return nb::steal(make_decimal(value.ptr()));
}
""",
            "example.cpp",
        ),
        Bad(
            "the C library's once-call",
            """\
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
load_hooks(void)
{
    PyObject *hooks = PyImport_ImportModule("hooks");
    install(hooks);
}

static PyObject *
run(PyObject *self, PyObject *unused)
{
    pthread_once(&once, load_hooks);  // <--
    return Py_NewRef(Py_None);
}
""",
        ),
        Good(
            "a function that never touches Python",
            """\
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
fill_table(void)
{
    for (int i = 0; i < 256; i++)
        table[i] = reverse_bits(i);
}

static PyObject *
run(PyObject *self, PyObject *unused)
{
    pthread_once(&once, fill_table);
    return Py_NewRef(Py_None);
}
""",
        ),
    ),
)
