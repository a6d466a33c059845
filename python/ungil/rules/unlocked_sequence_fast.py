"""The items of a sequence are used while another thread can change the list.

What it finds
    ``PySequence_Fast()`` on an object that the function did not make itself and that may be a list, where the items
    are then used outside a critical section on it. One finding for each sequence: where the vector of items is
    taken (``PySequence_Fast_ITEMS()``), or where the sequence is made when the items are taken one by one. When a
    helper hands the vector out, the finding is at its callers.

Why it is unsafe without the GIL
    Of a list, ``PySequence_Fast()`` returns that very list, not a copy. Another thread that appends or removes
    items moves the vector and frees the old one: the pointer and the size that were read before are then wrong, and
    the borrowed items can be freed.

How to fix it
    Take a snapshot with ``PySequence_Tuple()``, which nobody can change. Or use the items inside
    ``Py_BEGIN_CRITICAL_SECTION(list)`` (Python 3.13) on the original object, read the size inside, and call nothing
    there that may run Python code, since that can suspend the section.

References
    https://docs.python.org/3/c-api/sequence.html#c.PySequence_Fast
    https://docs.python.org/3/howto/free-threading-extensions.html
    https://github.com/python/cpython/issues/119247
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.facts.native.sequences import open_sequences
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """Every sequence that may be a list which others can reach, and whose items are used without a lock."""
    for found in open_sequences(facts):
        yield rule.finding(
            *found.place,
            f"another thread can change the list '{found.original.text}' while this one uses its items: the vector "
            "moves and the borrowed items are freed",
            fix=f"use PySequence_Tuple({found.original.text}), or hold a critical section (Python 3.13) on it while "
            "the size and the items are used",
            severity=Severity.NOTE if found.settled else None,
            confidence=Confidence.MEDIUM,
        )


rule = Rule(
    code="UG107",
    slug="unlocked-sequence-fast",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "the vector of a list that the caller passed in",
            """\
static PyObject *
total(PyObject *self, PyObject *numbers)
{
    PyObject *seq = PySequence_Fast(numbers, "numbers must be a sequence");
    if (seq == NULL)
        return NULL;
    Py_ssize_t n = PySequence_Fast_GET_SIZE(seq);
    PyObject **items = PySequence_Fast_ITEMS(seq);  // <--
    double sum = 0.0;
    for (Py_ssize_t i = 0; i < n; i++)
        sum += PyFloat_AsDouble(items[i]);
    Py_DECREF(seq);
    return PyFloat_FromDouble(sum);
}
""",
        ),
        Good(
            "a snapshot",
            """\
static PyObject *
total(PyObject *self, PyObject *numbers)
{
    PyObject *seq = PySequence_Tuple(numbers);
    if (seq == NULL)
        return NULL;
    double sum = 0.0;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(seq); i++)
        sum += PyFloat_AsDouble(PyTuple_GET_ITEM(seq, i));
    Py_DECREF(seq);
    return PyFloat_FromDouble(sum);
}
""",
        ),
        Bad(
            "items that are taken one by one",
            """\
static int
visit_all(PyObject *names)
{
    PyObject *seq = PySequence_Fast(names, "names must be a sequence");  // <--
    if (seq == NULL)
        return -1;
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(seq); i++)
        visit(PySequence_Fast_GET_ITEM(seq, i));
    Py_DECREF(seq);
    return 0;
}
""",
        ),
        Bad(
            "a helper that hands the vector out",
            """\
static Py_ssize_t
get_items(PyObject *obj, PyObject **owner, PyObject ***items)
{
    *owner = PySequence_Fast(obj, "a sequence is needed");
    if (*owner == NULL)
        return -1;
    *items = PySequence_Fast_ITEMS(obj);
    return PySequence_Fast_GET_SIZE(obj);
}

static PyObject *
first(PyObject *self, PyObject *names)
{
    PyObject *owner, **items;
    if (get_items(names, &owner, &items) < 1)  // <--
        return NULL;
    PyObject *result = Py_NewRef(items[0]);
    Py_DECREF(owner);
    return result;
}
""",
        ),
        Good(
            "inside a critical section on the original",
            """\
static PyObject *
count_none(PyObject *self, PyObject *things)
{
    long none = 0;
    PyObject *seq = PySequence_Fast(things, "things must be a sequence");
    if (seq == NULL)
        return NULL;
    Py_BEGIN_CRITICAL_SECTION(things);
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(seq); i++)
        none += PySequence_Fast_GET_ITEM(seq, i) == Py_None;
    Py_END_CRITICAL_SECTION();
    Py_DECREF(seq);
    return PyLong_FromLong(none);
}
""",
        ),
        Good(
            "a tuple, as a condition says",
            """\
static PyObject *
first(PyObject *self, PyObject *pair)
{
    if (!PyTuple_CheckExact(pair)) {
        PyErr_SetString(PyExc_TypeError, "pair must be a tuple");
        return NULL;
    }
    PyObject *seq = PySequence_Fast(pair, "");
    PyObject *result = Py_NewRef(PySequence_Fast_GET_ITEM(seq, 0));
    Py_DECREF(seq);
    return result;
}
""",
        ),
        Good(
            "the tuple of positional arguments",
            """\
static PyObject *
point_new(PyTypeObject *type, PyObject *args, PyObject *kwds)
{
    PyObject *seq = PySequence_Fast(args, "");
    PyObject *point = make_point(PySequence_Fast_ITEMS(seq), PySequence_Fast_GET_SIZE(seq));
    Py_DECREF(seq);
    return point;
}

static PyType_Slot slots[] = {{Py_tp_new, point_new}, {0, NULL}};
""",
        ),
    ),
)
