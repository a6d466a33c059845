"""A static object is made on first use, and two threads can both be first.

What it finds
    A variable with static storage that holds a Python object, compared with NULL and set when it is empty, without
    a lock that is held at both places. Code that runs only while the module is initialised, thread-local variables
    and atomics are left alone.

Why it is unsafe without the GIL
    Two threads can both find the variable empty, both make the object and both store it: one reference leaks, and
    whoever compares the two finds them different. The plain read and the plain write are also a data race: a third
    thread may see the pointer before it sees what it points to.

How to fix it
    Make the object where the module is initialised (a ``Py_mod_exec`` slot), and keep it in the module's state.
    Where it has to be made late, guard test and store by one ``PyMutex`` (Python 3.13), or publish it with an
    atomic compare-and-exchange and release the loser's object.

References
    https://docs.python.org/3/howto/free-threading-extensions.html
    https://docs.python.org/3/howto/isolating-extensions.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ungil.facts.model import Facts, Variable
from ungil.rule import Bad, Finding, Good, Rule, Severity

_OBJECT_TYPE = re.compile(r"_?Py[A-Z]\w*|\w*Object")  # PyObject, PyTypeObject, ShelfObject


def check(facts: Facts) -> Iterator[Finding]:
    """Every static object that is filled on first use without a lock; each variable once per function."""
    for function in facts.functions():
        if function.only_initialises:
            continue
        reported: set[str] = set()
        for fill in function.lazy_fills:
            name = fill.variable.name
            if not _holds_object(fill.variable) or fill.locks or name in reported:
                continue
            reported.add(name)
            yield rule.finding(
                function.file,
                fill.test,
                f"two threads can both find '{name}' empty and both fill it: one reference leaks, and a third thread "
                "may see it half-made",
                fix="make it in the Py_mod_exec slot and keep it in module state, or guard test and store with one "
                "PyMutex (Python 3.13)",
                evidence=(
                    f"'{name}' is static and is filled at line {fill.span.line}; no lock is held at both places",
                ),
            )


def _holds_object(variable: Variable) -> bool:
    return variable.pointers == 1 and _OBJECT_TYPE.fullmatch(variable.type) is not None


rule = Rule(
    code="UG201",
    slug="lazily-filled-static",
    severity=Severity.ERROR,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a function's cache",
            """\
static PyObject *
get_decimal(void)
{
    static PyObject *decimal = NULL;
    if (decimal == NULL) {  // <--
        decimal = PyImport_ImportModule("decimal");
    }
    return Py_XNewRef(decimal);
}
""",
        ),
        Good(
            "made while the module is initialised",
            """\
static PyObject *decimal;

static int
exec_module(PyObject *m)
{
    if (decimal == NULL)
        decimal = PyImport_ImportModule("decimal");
    return decimal == NULL ? -1 : 0;
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, exec_module}, {Py_mod_gil, Py_MOD_GIL_NOT_USED}, {0, NULL}};
""",
        ),
        Bad(
            "an early return when it is there",
            """\
static PyObject *empty_string;

static PyObject *
get_empty(void)
{
    if (empty_string)  // <--
        return Py_NewRef(empty_string);
    empty_string = PyUnicode_New(0, 0);
    return Py_XNewRef(empty_string);
}
""",
        ),
        Bad(
            "test and store in one condition",
            """\
static PyTypeObject *record_type;

static int
ensure_type(void)
{
    if (!record_type && !(record_type = make_record_type()))  // <--
        return -1;
    return 0;
}
""",
        ),
        Bad(
            "a test of a copy",
            """\
static PyObject *cache;

static PyObject *
get(void)
{
    PyObject *found = cache;
    if (found == NULL) {  // <--
        found = PyDict_New();
        cache = found;
    }
    return found;
}
""",
        ),
        Good(
            "test and store under one mutex",
            """\
static PyMutex lock;
static PyObject *decimal;

static PyObject *
get_decimal(void)
{
    PyMutex_Lock(&lock);
    if (decimal == NULL)
        decimal = PyImport_ImportModule("decimal");
    PyMutex_Unlock(&lock);
    return Py_XNewRef(decimal);
}
""",
        ),
        Good(
            "one variable per thread",
            """\
static _Thread_local PyObject *buffer;

static PyObject *
get_buffer(void)
{
    if (buffer == NULL)
        buffer = PyByteArray_FromStringAndSize(NULL, 64);
    return buffer;
}
""",
        ),
        Good(
            "a static that is set by a setter, not on first use",
            """\
static PyObject *hook;

static PyObject *
set_hook(PyObject *self, PyObject *value)
{
    PyObject *old = hook;
    hook = Py_NewRef(value);
    if (hook == NULL)
        return NULL;
    Py_XDECREF(old);
    Py_RETURN_NONE;
}
""",
        ),
        Good(
            "an atomic that publishes once",
            """\
static std::atomic<PyObject *> cache{nullptr};

PyObject *get() {
    PyObject *found = cache.load(std::memory_order_acquire);
    if (found == nullptr) {
        PyObject *made = PyDict_New();
        if (!cache.compare_exchange_strong(found, made))
            Py_DECREF(made);
        else
            found = made;
    }
    return found;
}
""",
            "example.cpp",
        ),
    ),
)
