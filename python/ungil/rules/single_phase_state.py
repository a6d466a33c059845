"""A module keeps its state in C globals and is made in one phase.

What it finds
    A module that its ``PyInit`` function makes with ``PyModule_Create()`` in a project with static variables that
    change while the module is in use. One finding for each module, at the call. Constants, atomics and what each
    thread has for itself do not count, nor do variables that only the initialisation sets.

Why it is unsafe without the GIL
    There is one copy of each variable for all threads and all interpreters. No lock belongs to it as an object has
    its own, so each use needs a mutex that somebody has to think of. It also keeps the module out of subinterpreters.

How to fix it
    Move to multi-phase initialisation: return ``PyModuleDef_Init(&module)``, do the work in a ``Py_mod_exec`` slot
    and keep what changes in the module's state (``m_size``, ``PyModule_GetState()``), under a lock or made once.

References
    https://docs.python.org/3/howto/isolating-extensions.html
    https://peps.python.org/pep-0489/
"""

from __future__ import annotations

from collections.abc import Iterator

from ungil.facts.model import Facts, Initialisation, ModuleInit, SharedStatic
from ungil.facts.native.statics import names
from ungil.rule import Bad, Confidence, Finding, Good, Rule, Severity


def check(facts: Facts) -> Iterator[Finding]:
    """Every module of one phase, if its code changes static variables."""
    for module in facts.modules if facts.shared_statics else ():
        if module.initialisation is Initialisation.SINGLE_PHASE:
            statics = _statics(facts, module)
            if statics:
                yield _finding(module, statics)


def _statics(facts: Facts, module: ModuleInit) -> list[SharedStatic]:
    """Those of the project, if this is its only module; else those of the module's own file."""
    written = [static for static in facts.shared_statics if static.writes]
    if len(facts.modules) == 1:
        return written
    return [static for static in written if static.variable.file.path == module.entry.file.path]


def _finding(module: ModuleInit, statics: list[SharedStatic]) -> Finding:
    plural = "s" * (len(statics) > 1)
    return rule.finding(
        module.file,
        module.span,
        f"module '{module.name}' is made in one phase and shares {len(statics)} static variable{plural} between all "
        "threads "
        "and interpreters",
        fix="use multi-phase initialisation (PyModuleDef_Init) and keep what changes in the module's state",
        confidence=Confidence.MEDIUM,
        evidence=(f"written while the module is in use: {names(statics)}",),
    )


rule = Rule(
    code="UG007",
    slug="single-phase-state",
    severity=Severity.NOTE,
    check=check,
    doc=__doc__,
    examples=(
        Bad(
            "a setting in a C global",
            """\
static long precision = 6;

static PyObject *
set_precision(PyObject *self, PyObject *value)
{
    precision = PyLong_AsLong(value);
    return PyErr_Occurred() ? NULL : Py_NewRef(Py_None);
}

static PyObject *
get_precision(PyObject *self, PyObject *unused)
{
    return PyLong_FromLong(precision);
}

static PyMethodDef methods[] = {{"set_precision", set_precision, METH_O, ""},
                                {"get_precision", get_precision, METH_NOARGS, ""}, {NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "number", NULL, -1, methods};

PyMODINIT_FUNC
PyInit_number(void)
{
    PyObject *m = PyModule_Create(&module);  // <--
#ifdef Py_GIL_DISABLED
    PyUnstable_Module_SetGIL(m, Py_MOD_GIL_NOT_USED);
#endif
    return m;
}
""",
        ),
        Good(
            "the setting in the module's state, an atomic",
            """\
typedef struct { _Atomic long precision; } State;

static PyObject *
set_precision(PyObject *self, PyObject *value)
{
    State *state = PyModule_GetState(self);
    long precision = PyLong_AsLong(value);
    if (precision == -1 && PyErr_Occurred())
        return NULL;
    atomic_store(&state->precision, precision);
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {{"set_precision", set_precision, METH_O, ""}, {NULL}};
static PyModuleDef_Slot slots[] = {{Py_mod_gil, Py_MOD_GIL_NOT_USED}, {0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "number", NULL, sizeof(State), methods, slots};
PyMODINIT_FUNC PyInit_number(void) { return PyModuleDef_Init(&module); }
""",
        ),
        Good(
            "one phase, and nothing that changes",
            """\
static const double factors[] = {1.0, 0.3048};

static PyMethodDef methods[] = {{NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "units", NULL, -1, methods};

PyMODINIT_FUNC
PyInit_units(void)
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
