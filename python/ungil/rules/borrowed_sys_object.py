"""An attribute of the sys module is borrowed.

What it finds
    ``PySys_GetObject()`` whose result is used for more than a comparison, outside code that runs only while the
    module is initialised.

Why it is unsafe without the GIL
    The reference belongs to the dict of ``sys``. A thread that rebinds the attribute, as every redirection of
    ``sys.stdout`` does, can free the object while this one still writes to it.

How to fix it
    Call ``PySys_GetAttrString()`` or ``PySys_GetAttr()`` (Python 3.15; in pythoncapi-compat for older versions),
    which return a strong reference. Before, import ``sys`` and call ``PyObject_GetAttrString()``.

References
    https://docs.python.org/3.15/c-api/sys.html#c.PySys_GetAttrString
    https://docs.python.org/3/howto/free-threading-extensions.html#borrowed-references
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil import capi
from ungil.borrows import report
from ungil.facts.model import Facts
from ungil.facts.native.borrowing import borrows_from_any
from ungil.rule import Bad, Finding, Good, Rule, Severity

_HAPPENS = (
    "another thread can rebind the attribute of sys and free the object while this one uses the reference that "
    "{owner} borrows"
)


def check(facts: Facts) -> Iterator[Finding]:
    """Every such reference that is used while other threads may run."""
    return report(rule, borrows_from_any(facts, capi.borrowing_from("sys")), _HAPPENS)


rule = Rule(
    code="UG105",
    slug="borrowed-sys-object",
    severity=Severity.NOTE,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "the standard output, which others redirect",
            """\
static PyObject *
say(PyObject *self, PyObject *text)
{
    PyObject *out = PySys_GetObject("stdout");  // <--
    if (out == NULL || PyFile_WriteObject(text, out, Py_PRINT_RAW) < 0)
        return NULL;
    Py_RETURN_NONE;
}
""",
        ),
        Good(
            "a strong reference",
            """\
static PyObject *
say(PyObject *self, PyObject *text)
{
    PyObject *out = PySys_GetAttrString("stdout");
    if (out == NULL)
        return NULL;
    int failed = PyFile_WriteObject(text, out, Py_PRINT_RAW);
    Py_DECREF(out);
    if (failed)
        return NULL;
    Py_RETURN_NONE;
}
""",
        ),
        Good(
            "an attribute that is only looked for",
            """\
static PyObject *
has_output(PyObject *self, PyObject *unused)
{
    return PyBool_FromLong(PySys_GetObject("stdout") != NULL);
}
""",
        ),
    ),
)
