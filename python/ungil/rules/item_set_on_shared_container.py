"""An item is stored without a lock in a list or tuple that other code already has.

What it finds
    ``PyList_SET_ITEM()`` and ``PyTuple_SET_ITEM()`` on an object that the function did not make itself, outside a
    critical section on it.

Why it is unsafe without the GIL
    The macros write the slot with a plain store and forget the old item. A thread that reads the list at the same
    time may see the pointer before the object behind it is ready, and two that store in the same slot lose a
    reference.

How to fix it
    Call ``PyList_SetItem()``, which takes the list's lock and releases the old item. The macros are for lists and
    tuples that were just made.

References
    https://docs.python.org/3/c-api/list.html#c.PyList_SET_ITEM
    https://docs.python.org/3/howto/free-threading-extensions.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.borrows import report
from ungil.facts.model import Facts
from ungil.facts.native.borrowing import Borrow, borrows_from_shared
from ungil.rule import Bad, Finding, Good, Rule, Severity

_CALLS = frozenset({"PyList_SET_ITEM", "PyTuple_SET_ITEM"})
_HAPPENS = "another thread can read or set an item of '{owner}' while this one writes the slot with a plain store"


def check(facts: Facts) -> Iterator[Finding]:
    """Every such store into a container which others can reach."""
    found = borrows_from_shared(facts, _CALLS, tested=True)
    return report(rule, (store for store in found if _is_shared(store)), _HAPPENS, _fix)


def _is_shared(store: Borrow) -> bool:
    """Tuples and what out-parameters point to are filled by whoever makes them, unless a static variable has them."""
    container = store.container
    if container is None or store.surely_shared:
        return container is not None
    given = container.origin != "other" and (container.origin != "local" or "" not in container.reached)
    return store.calls[0].name == "PyList_SET_ITEM" and given and not store.settled


def _fix(store: Borrow) -> str:
    if store.calls[0].name == "PyList_SET_ITEM":
        return f"call PyList_SetItem({store.owner}, ...), which takes the list's lock and releases the old item"
    return f"fill '{store.owner}' before anything else can reach it, or make a new tuple"


rule = Rule(
    code="UG109",
    slug="item-set-on-shared-container",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a slot of a list that all threads share",
            """\
static PyObject *slots;

static PyObject *
set_slot(PyObject *self, PyObject *value)
{
    PyList_SET_ITEM(slots, 0, Py_NewRef(value));  // <--
    PyList_Sort(slots);
    Py_RETURN_NONE;
}
""",
        ),
        Good(
            "a list that was just made",
            """\
static PyObject *
pair(PyObject *self, PyObject *value)
{
    PyObject *list = PyList_New(2);
    if (list == NULL)
        return NULL;
    PyList_SET_ITEM(list, 0, Py_NewRef(value));
    PyList_SET_ITEM(list, 1, Py_NewRef(value));
    return list;
}
""",
        ),
        Good(
            "a helper that fills what its caller made",
            """\
static void
put(PyObject *list, PyObject *value)
{
    PyList_SET_ITEM(list, 0, Py_NewRef(value));
}

static PyObject *
single(PyObject *self, PyObject *value)
{
    PyObject *list = PyList_New(1);
    if (list != NULL)
        put(list, value);
    return list;
}
""",
        ),
    ),
)
