"""A module does not say that it can run without the GIL.

What it finds
    An extension module, initialised in a single phase or in several, that declares nothing about the GIL. The
    finding is at the place where the declaration belongs: the slot array, or the call that creates the module. A
    module of the project's own macros is followed through them; those of C++ frameworks have rules of their own.

Why it is unsafe without the GIL
    It is not: it is the opposite. When a free-threaded interpreter imports such a module it turns the GIL back on,
    for the whole process and until it ends, and warns about it. One undeclared module takes free threading away
    from every other.

How to fix it
    First make the module thread-safe; the declaration is a claim about the rest of the code. Then add the slot
    ``{Py_mod_gil, Py_MOD_GIL_NOT_USED}`` (Python 3.13) to a multi-phase module, or call
    ``PyUnstable_Module_SetGIL()`` (3.13, free-threaded headers only) right after ``PyModule_Create()`` in a
    single-phase one.

References
    https://docs.python.org/3/howto/free-threading-extensions.html
    https://docs.python.org/3/c-api/module.html#c.Py_mod_gil
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Declaration, Facts, Initialisation
from ungil.rule import Bad, Finding, Good, Rule, Severity

_FIXES = {
    Initialisation.MULTI_PHASE: "once the module is thread-safe, add {Py_mod_gil, Py_MOD_GIL_NOT_USED} to its slots, "
    "under #ifdef Py_mod_gil for versions before 3.13",
    Initialisation.UNCLEAR: "once the module is thread-safe, declare Py_MOD_GIL_NOT_USED where it is created (3.13)",
    Initialisation.SINGLE_PHASE: "once the module is thread-safe, move it to multi-phase initialisation and declare it "
    "in a slot, or call PyUnstable_Module_SetGIL(m, Py_MOD_GIL_NOT_USED) under #ifdef Py_GIL_DISABLED (Python 3.13)",
}


def check(facts: Facts) -> Iterator[Finding]:
    """Every module whose initialisation could be followed and that declares nothing."""
    for module in facts.modules:
        if module.declaration is Declaration.MISSING and not module.entry.framework:
            yield rule.finding(
                module.file,
                module.span,
                f"module '{module.name}' does not declare Py_mod_gil: importing it on a free-threaded build turns the "
                "GIL on for the whole process",
                fix=_FIXES[module.initialisation],
                evidence=(f"{module.entry.macro} uses {module.initialisation} initialisation",),
            )


rule = Rule(
    code="UG001",
    slug="missing-gil-declaration",
    severity=Severity.ERROR,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "single-phase initialisation without a declaration",
            """\
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "spam", NULL, -1, NULL};

PyMODINIT_FUNC
PyInit_spam(void)
{
    return PyModule_Create(&module);  // <--
}
""",
        ),
        Good(
            "multi-phase initialisation with the slot",
            """\
static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, exec_module},
#ifdef Py_mod_gil
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, NULL},
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, .m_name = "spam", .m_slots = slots};

PyMODINIT_FUNC
PyInit_spam(void)
{
    return PyModuleDef_Init(&module);
}
""",
        ),
        Bad(
            "multi-phase initialisation without the slot",
            """\
static PyModuleDef_Slot slots[] = {  // <--
    {Py_mod_exec, exec_module},
    {0, NULL},
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "spam", NULL, 0, NULL, slots, NULL, NULL, NULL};

PyMODINIT_FUNC
PyInit_spam(void)
{
    return PyModuleDef_Init(&module);
}
""",
        ),
        Bad(
            "the module is created by a helper",
            """\
static PyObject *
make_module(void)
{
    PyObject *m = PyModule_Create2(&module, PYTHON_API_VERSION);  // <--
    return m;
}

PyMODINIT_FUNC
PyInit_spam(void)
{
    return make_module();
}
""",
        ),
        Good(
            "single-phase initialisation with the call",
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
            "a module that says it needs the GIL",
            """\
static PyModuleDef_Slot slots[] = {{Py_mod_gil, Py_MOD_GIL_USED}, {0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, .m_slots = slots};
PyMODINIT_FUNC PyInit_spam(void) { return PyModuleDef_Init(&module); }
""",
        ),
        Good(
            "slots returned by an export hook",
            """\
static PySlot slots[] = {
    PySlot_STATIC_DATA(Py_mod_name, "spam"),
    PySlot_DATA(Py_mod_gil, Py_MOD_GIL_NOT_USED),
    PySlot_END,
};
PyMODEXPORT_FUNC PyModExport_spam(void) { return slots; }
""",
        ),
        Bad(
            "a macro of the project begins the function",
            """\
#define MODULE_INIT(name) PyMODINIT_FUNC PyInit_##name(void)

MODULE_INIT(spam)
{
    return PyModule_Create(&module);  // <--
}
""",
        ),
        Good(
            "a Python 2 initialisation that no free-threaded build compiles",
            """\
#if PY_MAJOR_VERSION < 3
PyMODINIT_FUNC PyInit_spam(void) { return PyModule_Create(&module); }
#endif
""",
        ),
    ),
)
