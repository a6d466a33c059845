"""A multi-phase module declares in its slots that it does not need the GIL.

What it does
    Puts ``{Py_mod_gil, Py_MOD_GIL_NOT_USED}`` before the last entry of the module's slot array, for the versions that
    have it.

What to look at
    The declaration is a claim about all of the module's code: what else was found is to be repaired first, and what
    was not found is not thereby right.

What it leaves
    Slot arrays that a macro fills, and those of ``PyModExport`` functions.
"""

from __future__ import annotations

from ungil.facts.model import Initialisation
from ungil.fixer import Decision, Fixer, Left, Repair, Repaired, Site
from ungil.rewrite.modules.creation import CLAIM, module_of, slot
from ungil.rewrite.modules.slots import put_slot, slot_array
from ungil.rewrite.pen import Pen


def repair(site: Site) -> Repair | Decision | None:
    """The slot, before the sentinel of the array where the finding lies."""
    module = module_of(site)
    if module is None or module.initialisation is not Initialisation.MULTI_PHASE:
        return None
    array = slot_array(site)
    if array is None:
        return None
    pen = Pen(site.path, site.unit)
    put_slot(pen, array, slot(site, "Py_mod_gil", "Py_MOD_GIL_NOT_USED", (3, 13)))
    return Repair(edits=pen.edits)


fixer = Fixer(
    slug="declare-in-slots",
    codes=frozenset({"UG001"}),
    repair=repair,
    claims=True,
    check=CLAIM,
    doc=__doc__,
    examples=(
        Repaired(
            "an array with one slot on each line",
            """\
#include <Python.h>

static int exec_module(PyObject *m) { return PyModule_AddIntConstant(m, "answer", 42); }

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, exec_module},
    {0, NULL},
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, .m_name = "spam", .m_slots = slots};

PyMODINIT_FUNC
PyInit_spam(void)
{
    return PyModuleDef_Init(&module);
}
""",
            """\
#include <Python.h>

static int exec_module(PyObject *m) { return PyModule_AddIntConstant(m, "answer", 42); }

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, exec_module},
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
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
        Repaired(
            "an array in one line",
            """\
#include <Python.h>

static PyModuleDef_Slot slots[] = {{Py_mod_exec, NULL}, {0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, .m_name = "spam", .m_slots = slots};
PyMODINIT_FUNC PyInit_spam(void) { return PyModuleDef_Init(&module); }
""",
            """\
#include <Python.h>

static PyModuleDef_Slot slots[] = {{Py_mod_exec, NULL}, {Py_mod_gil, Py_MOD_GIL_NOT_USED}, {0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, .m_name = "spam", .m_slots = slots};
PyMODINIT_FUNC PyInit_spam(void) { return PyModuleDef_Init(&module); }
""",
        ),
        Left(
            "an array whose end is not written",
            """\
#include <Python.h>

static int exec_module(PyObject *m) { return PyModule_AddIntConstant(m, "answer", 42); }

static PyModuleDef_Slot slots[2] = {{Py_mod_exec, exec_module}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, .m_name = "spam", .m_slots = slots};
PyMODINIT_FUNC PyInit_spam(void) { return PyModuleDef_Init(&module); }
""",
            "the slot array does not end in {0, NULL}",
        ),
    ),
)
