"""A call that only the free-threaded headers have is compiled on every build.

What it finds
    ``PyUnstable_Module_SetGIL()`` that no preprocessor condition limits to the free-threaded build.

Why it is unsafe without the GIL
    It is not; it breaks the other builds. The headers declare the function only where ``Py_GIL_DISABLED`` is defined:
    on a GIL-enabled build the call does not compile as C++ or with current C compilers, and with older ones the module
    fails to load.

How to fix it
    Put the call under ``#ifdef Py_GIL_DISABLED``, or declare in a slot, ``{Py_mod_gil, Py_MOD_GIL_NOT_USED}``, which
    every build of Python 3.13 and later knows.

References
    https://docs.python.org/3/c-api/module.html#c.PyUnstable_Module_SetGIL
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """Every such call under no condition at all; whatever condition there is may imply the build."""
    for call in facts.calls_to({"PyUnstable_Module_SetGIL"}):
        if not call.conditions:
            yield rule.finding(
                call.function.file,
                call.span,
                "PyUnstable_Module_SetGIL() exists in the headers of the free-threaded build only: a GIL-enabled "
                "build of this file fails",
                fix="put the call under #ifdef Py_GIL_DISABLED (Python 3.13)",
                confidence=Confidence.MEDIUM,
                evidence=("no preprocessor condition stands around the call",),
            )


rule = Rule(
    code="UG004",
    slug="unguarded-gil-declaration",
    severity=Severity.WARNING,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "no condition",
            """\
PyMODINIT_FUNC
PyInit_spam(void)
{
    PyObject *m = PyModule_Create(&module);
    if (m == NULL)
        return NULL;
    PyUnstable_Module_SetGIL(m, Py_MOD_GIL_NOT_USED);  // <--
    return m;
}
""",
        ),
        Good(
            "under the condition",
            """\
PyMODINIT_FUNC
PyInit_spam(void)
{
    PyObject *m = PyModule_Create(&module);
    if (m == NULL)
        return NULL;
#ifdef Py_GIL_DISABLED
    PyUnstable_Module_SetGIL(m, Py_MOD_GIL_NOT_USED);
#endif
    return m;
}
""",
        ),
        Good(
            "a slot, which every build knows",
            """\
static PyModuleDef_Slot slots[] = {{Py_mod_gil, Py_MOD_GIL_NOT_USED}, {0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, .m_name = "spam", .m_slots = slots};
PyMODINIT_FUNC PyInit_spam(void) { return PyModuleDef_Init(&module); }
""",
        ),
    ),
)
