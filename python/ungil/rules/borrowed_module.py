"""A module is borrowed from the table of imported modules.

What it finds
    ``PyImport_AddModule()`` and ``PyImport_AddModuleObject()`` outside code that runs only while the module is
    initialised.

Why it is unsafe without the GIL
    The reference belongs to ``sys.modules``. Another thread that removes or replaces the entry can free the module
    while this one still uses it. That is rare, so this is a note.

How to fix it
    Call ``PyImport_AddModuleRef()`` (Python 3.13; in pythoncapi-compat for older versions) and release the result.

References
    https://docs.python.org/3/c-api/import.html#c.PyImport_AddModuleRef
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
    "another thread can remove the module from sys.modules and free it while this one uses the reference that "
    "{owner} borrows"
)


def check(facts: Facts) -> Iterator[Finding]:
    """Every such reference that is used while other threads may run."""
    return report(rule, borrows_from_any(facts, capi.borrowing_from("module")), _HAPPENS)


rule = Rule(
    code="UG104",
    slug="borrowed-module",
    severity=Severity.NOTE,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "the main module, to run code in",
            """\
static PyObject *
run(PyObject *self, PyObject *code)
{
    PyObject *main = PyImport_AddModule("__main__");  // <--
    if (main == NULL)
        return NULL;
    return PyObject_CallMethod(main, "run", "O", code);
}
""",
        ),
        Good(
            "a strong reference",
            """\
static PyObject *
run(PyObject *self, PyObject *code)
{
    PyObject *main = PyImport_AddModuleRef("__main__");
    if (main == NULL)
        return NULL;
    PyObject *result = PyObject_CallMethod(main, "run", "O", code);
    Py_DECREF(main);
    return result;
}
""",
        ),
        Good(
            "while the module is initialised",
            """\
PyMODINIT_FUNC
PyInit_spam(void)
{
    PyObject *m = PyModule_Create(&module);
#ifdef Py_GIL_DISABLED
    PyUnstable_Module_SetGIL(m, Py_MOD_GIL_NOT_USED);
#endif
    return PyModule_AddObjectRef(m, "main", PyImport_AddModule("__main__")) < 0 ? NULL : m;
}
""",
        ),
    ),
)
