"""The items of a sequence are used in a critical section on it, or in a copy that nobody can change.

What it does
    Where nothing that may run Python code is called while the items of a ``PySequence_Fast()`` sequence are used,
    puts a critical section on the original object around those statements, with one way out. Where something is, the
    section would be suspended: there ``PySequence_Tuple()`` takes a copy, which the same macros read.

What to look at
    A copy costs memory and time, and ``PySequence_Tuple()`` words its TypeError itself: the text that was given to
    ``PySequence_Fast()`` goes.

What it leaves
    Helpers that hand the vector of items to their callers.
"""

from __future__ import annotations

from ungil.fixer import Fixer, Left, Repair, Repaired, Site, Undecided
from ungil.rewrite.pen import Pen
from ungil.rewrite.references.lifetime import up_to_last
from ungil.rewrite.sections.guard import guard
from ungil.rewrite.sections.walks import may_run_python, plain_operand
from ungil.syntax.flow import span
from ungil.syntax.statements import Statement
from ungil.syntax.words import Range

_CHECK = "a copy of the sequence is used now: it costs memory and time, and its TypeError has other words"
_READS = {"PySequence_Fast_GET_SIZE", "PySequence_Fast_ITEMS", "PySequence_Fast_GET_ITEM"}

_MEASURES = {
    *("PySequence_Fast_GET_SIZE", "PySequence_Size", "PySequence_Length", "PyObject_Size", "PyObject_Length"),
    *("PyList_Size", "PyList_GET_SIZE", "PyTuple_Size", "PyTuple_GET_SIZE", "Py_SIZE"),
}


def repair(site: Site) -> Repair:
    """A section where that holds, else a copy."""
    made, variable, original = _made(site)
    _is_measured_itself(site, made, variable, original)
    pen = Pen(site.path, site.unit)
    used = _used(site, made, variable)
    if not may_run_python(site.function, used):
        try:
            guard(pen, site.function, used, plain_operand(site, original, used[0]))
            return Repair(edits=pen.edits, needs=frozenset({"Py_BEGIN_CRITICAL_SECTION"}))
        except Undecided:
            pen = Pen(site.path, site.unit)  # what cannot be led to one end still has a copy
    _is_no_list(site, variable)
    pen.replace(made, f"PySequence_Tuple({original})")
    return Repair(edits=pen.edits, check=_CHECK)


def _made(site: Site) -> tuple[Range, str, str]:
    """The call that makes the sequence, the variable that holds it, and what it is made of."""
    words, function = site.unit.words, site.function
    variable = ""
    if words[site.word].text in _READS:
        variable = words.source(words.inside(site.word + 1))
    for at in range(function.body.words.first, function.body.words.last):
        if words[at].text != "PySequence_Fast" or words[at + 1].text != "(":
            continue
        target = words[at - 2].text if words[at - 1].text == "=" and words[at - 2].kind == "name" else ""
        if (variable and target == variable) or (not variable and at == site.word and target):
            arguments = words.split(words.inside(at + 1))
            return Range(at, words[at + 1].partner + 1), target, words.source(arguments[0])
    raise Undecided("the sequence is made or used elsewhere: take a copy with PySequence_Tuple() where it is made")


def _is_measured_itself(site: Site, made: Range, variable: str, original: str) -> None:
    """How many items there are is asked of the sequence that is used, rather than of what others can change."""
    words, body = site.unit.words, site.function.body.words
    asked = {words.source(words.inside(at + 1)) for at in range(*body) if words[at].text in _MEASURES}
    if original != variable and original in asked and variable not in asked:
        raise Undecided(f"how many items there are is asked of '{original}', which others can change: ask '{variable}'")
    if original == variable:
        before = range(body.first, made.first)
        if any(words[at].text in _MEASURES and words[at + 2].text == original for at in before):
            raise Undecided(f"how many items there are is asked of '{original}' before the copy: ask the copy")


def _is_no_list(site: Site, variable: str) -> None:
    """No function of lists gets the sequence."""
    words = site.unit.words
    for at in range(*site.function.body.words):
        if words[at].text.startswith("PyList_") and words[at + 2].text == variable:
            raise Undecided(
                f"{words[at].text}() gets '{variable}', and a copy of its own would be a tuple: copy the list"
            )


def _used(site: Site, made: Range, variable: str) -> list[Statement]:
    """The statements in which the size or the items are used: from the first that reads them."""
    function, words = site.function, site.unit.words
    statement = function.statement_at(made.first)
    block = next((one for one in (statement, *statement.around()) if one.is_in_block), None) if statement else None
    rest = block.siblings[block.siblings.index(block) + 1 :] if block is not None else []
    reads = [
        index
        for index, one in enumerate(rest)
        if any(words[at].text in _READS and words[at + 2].text == variable for at in range(*one.words))
    ]
    if not reads:
        raise Undecided("the items are not used where the sequence is made: take a copy with PySequence_Tuple()")
    held, _ = up_to_last(function, rest[reads[0] :], _borrowed(site, rest, variable))
    last = max(len(held), reads[-1] - reads[0] + 1)
    return rest[reads[0] : reads[0] + last]


def _borrowed(site: Site, rest: list[Statement], variable: str) -> list[str]:
    """The variables that are set to the vector or to an item of it."""
    words, found = site.unit.words, list[str]()
    whole = span(rest)
    for at in range(whole.first, whole.last):
        lends = words[at].text in _READS - {"PySequence_Fast_GET_SIZE"} and words[at + 2].text == variable
        if lends and words[at - 1].text == "=" and words[at - 2].kind == "name":
            found.append(words[at - 2].text)
    return found


fixer = Fixer(
    slug="sequence-snapshot",
    codes=frozenset({"UG107"}),
    repair=repair,
    doc=__doc__,
    check="",
    examples=(
        Repaired(
            "items that are used where no Python code runs",
            """\
#include <Python.h>

static PyObject *
count_none(PyObject *self, PyObject *things)
{
    long none = 0;
    PyObject *seq = PySequence_Fast(things, "things must be a sequence");
    if (seq == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(seq); i++)
        none += PySequence_Fast_GET_ITEM(seq, i) == Py_None;
    Py_DECREF(seq);
    return PyLong_FromLong(none);
}
""",
            """\
#include <Python.h>

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
        Repaired(
            "the vector of items, with a way out",
            """\
#include <Python.h>

static PyObject *
total(PyObject *self, PyObject *numbers)
{
    double sum = 0.0;
    PyObject *seq = PySequence_Fast(numbers, "numbers must be a sequence");
    if (seq == NULL)
        return NULL;
    Py_ssize_t n = PySequence_Fast_GET_SIZE(seq);
    PyObject **items = PySequence_Fast_ITEMS(seq);
    for (Py_ssize_t i = 0; i < n; i++) {
        if (!PyFloat_CheckExact(items[i])) {
            PyErr_SetString(PyExc_TypeError, "no float");
            goto error;
        }
        sum += PyFloat_AS_DOUBLE(items[i]);
    }
    Py_DECREF(seq);
    return PyFloat_FromDouble(sum);
error:
    Py_DECREF(seq);
    return NULL;
}
""",
            """\
#include <Python.h>

static PyObject *
total(PyObject *self, PyObject *numbers)
{
    double sum = 0.0;
    PyObject *seq = PySequence_Fast(numbers, "numbers must be a sequence");
    if (seq == NULL)
        return NULL;
    int left = 0;
    Py_BEGIN_CRITICAL_SECTION(numbers);
    Py_ssize_t n = PySequence_Fast_GET_SIZE(seq);
    PyObject **items = PySequence_Fast_ITEMS(seq);
    for (Py_ssize_t i = 0; i < n; i++) {
        if (!PyFloat_CheckExact(items[i])) {
            PyErr_SetString(PyExc_TypeError, "no float");
            left = 1;
            goto end_of_section;
        }
        sum += PyFloat_AS_DOUBLE(items[i]);
    }
end_of_section:;
    Py_END_CRITICAL_SECTION();
    if (left) {
        goto error;
    }
    Py_DECREF(seq);
    return PyFloat_FromDouble(sum);
error:
    Py_DECREF(seq);
    return NULL;
}
""",
        ),
        Repaired(
            "items whose methods are called",
            """\
#include <Python.h>

static int
visit_all(PyObject *names)
{
    PyObject *seq = PySequence_Fast(names, "names must be a sequence");
    if (seq == NULL)
        return -1;
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(seq); i++) {
        PyObject *text = PyObject_Str(PySequence_Fast_GET_ITEM(seq, i));
        if (text == NULL) {
            Py_DECREF(seq);
            return -1;
        }
        Py_DECREF(text);
    }
    Py_DECREF(seq);
    return 0;
}

static PyObject *
visit(PyObject *self, PyObject *names)
{
    if (visit_all(names) < 0)
        return NULL;
    Py_RETURN_NONE;
}
""",
            """\
#include <Python.h>

static int
visit_all(PyObject *names)
{
    PyObject *seq = PySequence_Tuple(names);
    if (seq == NULL)
        return -1;
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(seq); i++) {
        PyObject *text = PyObject_Str(PySequence_Fast_GET_ITEM(seq, i));
        if (text == NULL) {
            Py_DECREF(seq);
            return -1;
        }
        Py_DECREF(text);
    }
    Py_DECREF(seq);
    return 0;
}

static PyObject *
visit(PyObject *self, PyObject *names)
{
    if (visit_all(names) < 0)
        return NULL;
    Py_RETURN_NONE;
}
""",
        ),
        Repaired(
            "items that are asked for their value, which their class may work out",
            """\
#include <Python.h>

static PyObject *
total(PyObject *self, PyObject *numbers)
{
    double sum = 0.0;
    PyObject *seq = PySequence_Fast(numbers, "numbers must be a sequence");
    if (seq == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(seq); i++)
        sum += PyFloat_AsDouble(PySequence_Fast_GET_ITEM(seq, i));
    Py_DECREF(seq);
    return PyFloat_FromDouble(sum);
}
""",
            """\
#include <Python.h>

static PyObject *
total(PyObject *self, PyObject *numbers)
{
    double sum = 0.0;
    PyObject *seq = PySequence_Tuple(numbers);
    if (seq == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(seq); i++)
        sum += PyFloat_AsDouble(PySequence_Fast_GET_ITEM(seq, i));
    Py_DECREF(seq);
    return PyFloat_FromDouble(sum);
}
""",
        ),
        Left(
            "a number of items that is asked too early",
            """\
#include <Python.h>

static PyObject *
total(PyObject *self, PyObject *numbers)
{
    double sum = 0.0;
    Py_ssize_t n = PySequence_Size(numbers);
    PyObject *seq = PySequence_Fast(numbers, "numbers must be a sequence");
    if (seq == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < n; i++)
        sum += PyFloat_AsDouble(PySequence_Fast_GET_ITEM(seq, i));
    Py_DECREF(seq);
    return PyFloat_FromDouble(sum);
}
""",
            "is asked of 'numbers'",
        ),
        Left(
            "a helper that hands the vector out",
            """\
#include <Python.h>

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
    if (get_items(names, &owner, &items) < 1)
        return NULL;
    PyObject *result = Py_NewRef(items[0]);
    Py_DECREF(owner);
    return result;
}
""",
            "made or used elsewhere",
        ),
    ),
)
