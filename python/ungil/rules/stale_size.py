"""A list is indexed up to a size that was read before another thread could shorten it.

What it finds
    The size of a list is kept in a variable (``PyList_GET_SIZE()`` and its kin), and items are taken by index later
    although the list may have become shorter: ``PyList_GetItemRef()`` whose result is used without a test for NULL,
    or ``PyList_GET_ITEM()`` in a critical section that began after the size was read, or in one that Python code can
    suspend between the items. A loop that reads the size again each time is left alone, and so is a list that nobody
    else has. Items that are borrowed without any lock are what borrowed-list-item reports.

Why it is unsafe without the GIL
    Another thread removes items between the reading of the size and the last item. ``PyList_GetItemRef()`` then
    returns NULL with an IndexError set, and ``PyList_GET_ITEM()`` reads past the end of the vector. A critical
    section guards only what is read inside it, and it is given up for as long as the thread waits for another lock or
    is detached.

How to fix it
    Test the result of ``PyList_GetItemRef()`` (Python 3.13) for NULL. In a critical section, read the size inside,
    and compare with ``PyList_GET_SIZE()`` in each iteration when the body calls Python code.

References
    https://docs.python.org/3/c-api/list.html#c.PyList_GetItemRef
    https://docs.python.org/3/c-api/init.html#python-critical-section-api
    https://docs.python.org/3/howto/free-threading-extensions.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.facts.native.sizes import stale_sizes
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for each list that a function indexes up to an old size."""
    for stale in stale_sizes(facts):
        listed = stale.item.arguments[0].text
        yield rule.finding(
            stale.item.function.file,
            stale.item.span,
            f"another thread can shorten '{listed}' after its size was read into '{stale.size.target}': "
            f"{stale.item.name}() then takes an item that is not there",
            fix=f"read the size of '{listed}' in the critical section and compare with it in each iteration, or test "
            "the "
            "result of PyList_GetItemRef() (Python 3.13) for NULL",
            confidence=Confidence.MEDIUM,
            evidence=(f"the size is read at line {stale.size.span.line}", stale.since),
        )


rule = Rule(
    code="UG108",
    slug="stale-size",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a strong reference that may be NULL",
            """\
static PyObject *
join_names(PyObject *self, PyObject *people)
{
    Py_ssize_t n = PyList_GET_SIZE(people);
    PyObject *names = PyUnicode_FromString("");
    for (Py_ssize_t i = 0; i < n && names != NULL; i++) {
        PyObject *person = PyList_GetItemRef(people, i);  // <--
        PyUnicode_Append(&names, person);
        Py_DECREF(person);
    }
    return names;
}
""",
        ),
        Good(
            "a strong reference that is tested",
            """\
static PyObject *
join_names(PyObject *self, PyObject *people)
{
    Py_ssize_t n = PyList_GET_SIZE(people);
    PyObject *names = PyUnicode_FromString("");
    for (Py_ssize_t i = 0; i < n && names != NULL; i++) {
        PyObject *person = PyList_GetItemRef(people, i);
        if (person == NULL) {
            PyErr_Clear();
            break;
        }
        PyUnicode_Append(&names, person);
        Py_DECREF(person);
    }
    return names;
}
""",
        ),
        Bad(
            "a critical section that begins too late",
            """\
static PyObject *
count_none(PyObject *self, PyObject *things)
{
    long none = 0;
    Py_ssize_t n = PyList_GET_SIZE(things);
    Py_BEGIN_CRITICAL_SECTION(things);
    for (Py_ssize_t i = 0; i < n; i++)
        none += PyList_GET_ITEM(things, i) == Py_None;  // <--
    Py_END_CRITICAL_SECTION();
    return PyLong_FromLong(none);
}
""",
        ),
        Good(
            "the size is read in the section",
            """\
static PyObject *
count_none(PyObject *self, PyObject *things)
{
    long none = 0;
    Py_BEGIN_CRITICAL_SECTION(things);
    Py_ssize_t n = PyList_GET_SIZE(things);
    for (Py_ssize_t i = 0; i < n; i++)
        none += PyList_GET_ITEM(things, i) == Py_None;
    Py_END_CRITICAL_SECTION();
    return PyLong_FromLong(none);
}
""",
        ),
        Bad(
            "Python code that suspends the section",
            """\
static int
notify(PyObject *listeners, PyObject *event)
{
    int failed = 0;
    Py_BEGIN_CRITICAL_SECTION(listeners);
    Py_ssize_t n = PyList_GET_SIZE(listeners);
    for (Py_ssize_t i = 0; i < n && !failed; i++) {
        PyObject *listener = Py_NewRef(PyList_GET_ITEM(listeners, i));  // <--
        PyObject *result = PyObject_CallOneArg(listener, event);
        failed = result == NULL;
        Py_XDECREF(result);
        Py_DECREF(listener);
    }
    Py_END_CRITICAL_SECTION();
    return -failed;
}
""",
        ),
        Good(
            "the size is read again each time",
            """\
static int
notify(PyObject *listeners, PyObject *event)
{
    int failed = 0;
    Py_BEGIN_CRITICAL_SECTION(listeners);
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(listeners) && !failed; i++) {
        PyObject *listener = Py_NewRef(PyList_GET_ITEM(listeners, i));
        PyObject *result = PyObject_CallOneArg(listener, event);
        failed = result == NULL;
        Py_XDECREF(result);
        Py_DECREF(listener);
    }
    Py_END_CRITICAL_SECTION();
    return -failed;
}
""",
        ),
        Good(
            "a list that the function made",
            """\
static PyObject *
squares(PyObject *self, PyObject *text)
{
    PyObject *parts = PyUnicode_Split(text, NULL, -1);
    if (parts == NULL)
        return NULL;
    Py_ssize_t n = PyList_GET_SIZE(parts);
    for (Py_ssize_t i = 0; i < n; i++) {
        PyObject *part = PyList_GetItemRef(parts, i);
        PyObject_Print(part, stdout, 0);
        Py_DECREF(part);
    }
    return parts;
}
""",
        ),
    ),
)
