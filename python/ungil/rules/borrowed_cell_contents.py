"""The contents of a cell are borrowed.

What it finds
    ``PyCell_GET()`` whose result is used for more than a comparison, outside code that runs only while the module
    is initialised.

Why it is unsafe without the GIL
    A cell is shared by every function that closes over the variable. Another thread that assigns to the variable
    frees the old contents while this one still uses them, and the macro reads the field without a lock.

How to fix it
    Call ``PyCell_Get()``, which returns a strong reference.

References
    https://docs.python.org/3/c-api/cell.html#c.PyCell_Get
    https://docs.python.org/3/howto/free-threading-extensions.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil import capi
from ungil.borrows import report
from ungil.facts.model import Facts
from ungil.facts.native.borrowing import Borrow, borrows_from_any
from ungil.rule import Bad, Finding, Good, Rule, Severity

_HAPPENS = "another thread can assign to the variable of '{owner}' and free the old contents while this one uses them"


def check(facts: Facts) -> Iterator[Finding]:
    """Every such reference that is used while other threads may run."""
    return report(rule, borrows_from_any(facts, capi.borrowing_from("cell")), _HAPPENS, _fix)


def _fix(borrow: Borrow) -> str:
    return f"call PyCell_Get({borrow.owner}) and release the result"


rule = Rule(
    code="UG106",
    slug="borrowed-cell-contents",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "contents that another function may replace",
            """\
static PyObject *
peek(PyObject *self, PyObject *cell)
{
    return Py_XNewRef(PyCell_GET(cell));  // <--
}
""",
        ),
        Good(
            "a strong reference",
            """\
static PyObject *
peek(PyObject *self, PyObject *cell)
{
    return PyCell_Get(cell);
}
""",
        ),
        Good(
            "a cell that is only found empty",
            """\
static PyObject *
is_empty(PyObject *self, PyObject *cell)
{
    return PyBool_FromLong(PyCell_GET(cell) == NULL);
}
""",
        ),
    ),
)
