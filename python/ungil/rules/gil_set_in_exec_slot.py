"""A multi-phase module declares its stance when the interpreter has decided already.

What it finds
    ``PyUnstable_Module_SetGIL()`` called from a ``Py_mod_exec`` function of a module whose slots have no
    ``Py_mod_gil``.

Why it is unsafe without the GIL
    The interpreter looks at the slots of a multi-phase module before it runs the first ``Py_mod_exec`` function. When
    the call is made the GIL has been turned on, for the whole process and until it ends, with a warning: the module
    looks as if it declared something and does not.

How to fix it
    Move the declaration into the slots: ``{Py_mod_gil, Py_MOD_GIL_NOT_USED}`` (Python 3.13). The call is for modules
    that ``PyModule_Create()`` makes, in a single phase.

References
    https://docs.python.org/3/c-api/module.html#c.Py_mod_gil
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Declaration, Facts
from ungil.rule import Bad, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """Every multi-phase module whose only declaration comes too late."""
    for module in facts.modules:
        if module.declaration is Declaration.LATE:
            yield rule.finding(
                module.file,
                module.span,
                f"module '{module.name}' declares its stance in a Py_mod_exec function: when that runs, a "
                "free-threaded interpreter has turned the GIL on for the whole process",
                fix="put {Py_mod_gil, Py_MOD_GIL_NOT_USED} into these slots (Python 3.13) and remove the call",
                evidence=(
                    "PyUnstable_Module_SetGIL is called from a Py_mod_exec function; the slots have no Py_mod_gil",
                ),
            )


rule = Rule(
    code="UG003",
    slug="gil-set-in-exec-slot",
    severity=Severity.ERROR,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "the call in a Py_mod_exec function",
            """\
static int
exec_module(PyObject *m)
{
#ifdef Py_GIL_DISABLED
    PyUnstable_Module_SetGIL(m, Py_MOD_GIL_NOT_USED);
#endif
    return PyModule_AddIntConstant(m, "answer", 42);
}

static PyModuleDef_Slot slots[] = {  // <--
    {Py_mod_exec, exec_module},
    {0, NULL},
};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, .m_name = "spam", .m_slots = slots};
PyMODINIT_FUNC PyInit_spam(void) { return PyModuleDef_Init(&module); }
""",
        ),
        Good(
            "the slot",
            """\
static int
exec_module(PyObject *m)
{
    return PyModule_AddIntConstant(m, "answer", 42);
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, exec_module},
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
    {0, NULL},
};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, .m_name = "spam", .m_slots = slots};
PyMODINIT_FUNC PyInit_spam(void) { return PyModuleDef_Init(&module); }
""",
        ),
        Good(
            "the call in a single-phase module",
            """\
PyMODINIT_FUNC
PyInit_spam(void)
{
    PyObject *m = PyModule_Create(&module);
#ifdef Py_GIL_DISABLED
    PyUnstable_Module_SetGIL(m, Py_MOD_GIL_NOT_USED);
#endif
    return m;
}
""",
        ),
    ),
)
