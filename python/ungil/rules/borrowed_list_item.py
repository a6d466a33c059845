"""An item is borrowed from a list that another thread can change.

What it finds
    ``PyList_GetItem()`` and ``PyList_GET_ITEM()`` on a list that the function did not make itself. Lists that are
    still private to the function, lists locked by a critical section, and code that runs only while the module is
    initialised are left alone.

Why it is unsafe without the GIL
    The reference belongs to the list. Between the call that returns it and the next use, another thread can remove
    the item; if the list held the last reference, the object is freed and the pointer dangles. A ``Py_INCREF()``
    afterwards comes too late: it may touch memory that is already gone.

How to fix it
    Call ``PyList_GetItemRef()`` (Python 3.13; in pythoncapi-compat for older versions), which returns a strong
    reference, and release it when done. Check for NULL: the list may have become shorter since its size was read.

References
    https://docs.python.org/3/howto/free-threading-extensions.html#borrowed-references
    https://docs.python.org/3/c-api/list.html#c.PyList_GetItemRef
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil import capi
from ungil.borrows import report
from ungil.facts.model import Facts
from ungil.facts.native.borrowing import borrows_from_shared
from ungil.rule import Bad, Finding, Good, Rule, Severity

_HAPPENS = (
    "another thread can remove the item from '{owner}' and free it while this one still uses the borrowed reference"
)


def check(facts: Facts) -> Iterator[Finding]:
    """Every item that is borrowed from a list which others can reach, and then used."""
    return report(rule, borrows_from_shared(facts, capi.borrowing_from("list")), _HAPPENS)


rule = Rule(
    code="UG101",
    slug="borrowed-list-item",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "an item of a list that the caller passed in",
            """\
static PyObject *
first_name(PyObject *self, PyObject *people)
{
    PyObject *person = PyList_GetItem(people, 0);  // <--
    if (person == NULL)
        return NULL;
    return PyObject_GetAttrString(person, "name");
}
""",
        ),
        Good(
            "a strong reference",
            """\
static PyObject *
first_name(PyObject *self, PyObject *people)
{
    PyObject *person = PyList_GetItemRef(people, 0);
    if (person == NULL)
        return NULL;
    PyObject *name = PyObject_GetAttrString(person, "name");
    Py_DECREF(person);
    return name;
}
""",
        ),
        Bad(
            "a strong reference that is taken too late",
            """\
static PyObject *handlers;

static PyObject *
get_handler(PyObject *self, PyObject *unused)
{
    PyObject *handler = PyList_GET_ITEM(handlers, 0);  // <--
    Py_INCREF(handler);
    return handler;
}
""",
        ),
        Bad(
            "a list that was private until it was stored",
            """\
static PyObject *
fill(Registry *self, PyObject *unused)
{
    PyObject *list = PyList_New(1);
    PyList_SET_ITEM(list, 0, Py_NewRef(Py_None));
    self->items = list;
    return PyObject_Repr(PyList_GET_ITEM(list, 0));  // <--
}
""",
        ),
        Good(
            "a list that the function made and nobody else has",
            """\
static PyObject *
join(PyObject *self, PyObject *text)
{
    PyObject *parts = PyUnicode_Split(text, NULL, -1);
    if (parts == NULL)
        return NULL;
    PyObject *first = PyList_GET_ITEM(parts, 0);
    PyObject *result = PyUnicode_Concat(first, text);
    Py_DECREF(parts);
    return result;
}
""",
        ),
        Good(
            "a list that a helper made for its caller",
            """\
static PyObject *
collect(PyObject *pairs)
{
    PyObject *list = PyList_New(0);
    if (list == NULL)
        return NULL;
    if (visit(pairs, append_pair, list) < 0) {
        Py_DECREF(list);
        return NULL;
    }
    return list;
}

static PyObject *
first_pair(PyObject *self, PyObject *pairs)
{
    PyObject *list = collect(pairs);
    PyObject *first = list == NULL ? NULL : Py_XNewRef(PyList_GetItem(list, 0));
    Py_XDECREF(list);
    return first;
}
""",
        ),
        Bad(
            "a list that a helper keeps",
            """\
static PyObject *kept;

static PyObject *
get_list(void)
{
    return Py_XNewRef(kept);
}

static PyObject *
first(PyObject *self, PyObject *unused)
{
    PyObject *list = get_list();
    return list == NULL ? NULL : Py_XNewRef(PyList_GetItem(list, 0));  // <--
}
""",
        ),
        Good(
            "inside a critical section on the list",
            """\
static PyObject *
first(PyObject *self, PyObject *list)
{
    PyObject *item;
    Py_BEGIN_CRITICAL_SECTION(list);
    item = Py_XNewRef(PyList_GetItem(list, 0));
    Py_END_CRITICAL_SECTION();
    return item;
}
""",
        ),
        Good(
            "while the module is initialised",
            """\
static int
add_constants(PyObject *m, PyObject *names)
{
    return PyModule_AddObjectRef(m, "first", PyList_GetItem(names, 0));
}

static int
exec_module(PyObject *m)
{
    return add_constants(m, defaults);
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, exec_module}, {Py_mod_gil, Py_MOD_GIL_NOT_USED}, {0, NULL}};
""",
        ),
        Good(
            "a tuple, which nobody can change",
            """\
static PyObject *
first(PyObject *self, PyObject *args)
{
    return Py_NewRef(PyTuple_GET_ITEM(args, 0));
}
""",
        ),
        Good(
            "a branch that only GIL-enabled builds compile",
            """\
static PyObject *
first(PyObject *self, PyObject *list)
{
#ifdef Py_GIL_DISABLED
    return PyList_GetItemRef(list, 0);
#else
    return Py_XNewRef(PyList_GetItem(list, 0));
#endif
}
""",
        ),
    ),
)
