"""A dict is walked with PyDict_Next() while another thread can change it.

What it finds
    ``PyDict_Next()`` on a dict that the function did not make itself, outside a critical section on that dict or on
    the object that owns it.

Why it is unsafe without the GIL
    ``PyDict_Next()`` takes no lock. While one thread walks the table, another can insert into it and so replace the
    table: the walk then reads freed memory, sees entries twice or not at all, and the borrowed key and value can be
    freed under it.

How to fix it
    Walk inside ``Py_BEGIN_CRITICAL_SECTION(dict)`` (Python 3.13; empty on GIL-enabled builds), leave the section by
    its end only, and call nothing inside that may run Python code, since that can suspend the section. Where the
    loop has to call Python, walk a copy (``PyDict_Copy()``, ``PyDict_Items()``).

References
    https://docs.python.org/3/howto/free-threading-extensions.html
    https://docs.python.org/3/c-api/dict.html#c.PyDict_Next
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.borrows import report
from ungil.facts.model import Facts
from ungil.facts.native.borrowing import Borrow, borrows_from_shared
from ungil.rule import Bad, Finding, Good, Rule, Severity

_CALLS = frozenset({"PyDict_Next"})
_HAPPENS = (
    "another thread can insert into '{owner}' while this one walks it: PyDict_Next() takes no lock and then reads a "
    "freed table"
)


def check(facts: Facts) -> Iterator[Finding]:
    """Every unlocked walk over a dict which others can reach."""
    return report(rule, borrows_from_shared(facts, _CALLS, tested=True), _HAPPENS, _fix)


def _fix(walk: Borrow) -> str:
    field = walk.container is not None and walk.container.origin == "field"
    other = ", or on the object whose lock guards every use of that field" if field else ""
    return f"walk inside a critical section (Python 3.13) on '{walk.owner}'{other}, or walk a copy"


rule = Rule(
    code="UG202",
    slug="unlocked-dict-iteration",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a walk over a shared dict",
            """\
static PyObject *
count_missing(Shelf *self, PyObject *unused)
{
    PyObject *key, *value;
    Py_ssize_t pos = 0;
    long missing = 0;
    while (PyDict_Next(self->counts, &pos, &key, &value))  // <--
        missing += value == Py_None;
    return PyLong_FromLong(missing);
}
""",
        ),
        Good(
            "a walk inside a critical section",
            """\
static PyObject *
count_missing(Shelf *self, PyObject *unused)
{
    PyObject *key, *value;
    Py_ssize_t pos = 0;
    long missing = 0;
    Py_BEGIN_CRITICAL_SECTION(self->counts);
    while (PyDict_Next(self->counts, &pos, &key, &value))
        missing += value == Py_None;
    Py_END_CRITICAL_SECTION();
    return PyLong_FromLong(missing);
}
""",
        ),
        Bad(
            "a walk over an argument, in the head of a loop",
            """\
static int
visit_all(PyObject *mapping)
{
    Py_ssize_t pos = 0;
    PyObject *k, *v;
    for (; PyDict_Next(mapping, &pos, &k, &v);)  // <--
        visit(k, v);
    return 0;
}
""",
        ),
        Good(
            "a walk over a copy",
            """\
static PyObject *
call_all(PyObject *self, PyObject *callbacks)
{
    Py_ssize_t pos = 0;
    PyObject *name, *callback, *copy = PyDict_Copy(callbacks);
    while (copy != NULL && PyDict_Next(copy, &pos, &name, &callback))
        Py_XDECREF(PyObject_CallNoArgs(callback));
    Py_XDECREF(copy);
    Py_RETURN_NONE;
}
""",
        ),
        Good(
            "a walk over keyword arguments",
            """\
static int
point_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    Py_ssize_t pos = 0;
    PyObject *name, *value;
    while (PyDict_Next(kwargs, &pos, &name, &value))
        if (PyObject_SetAttr(self, name, value) < 0)
            return -1;
    return 0;
}
""",
        ),
        Good(
            "a walk under the guard of a binding library",
            """\
int64_t count_missing(nb::dict counts) {
    nb::ft_object_guard guard(counts);
    PyObject *key, *value;
    Py_ssize_t pos = 0;
    int64_t missing = 0;
    while (PyDict_Next(counts.ptr(), &pos, &key, &value))
        missing += value == Py_None;
    return missing;
}
""",
            "example.cpp",
        ),
    ),
)
