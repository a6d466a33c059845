"""A declaration that comes too late, by a call in a ``Py_mod_exec`` function, becomes a slot.

What it does
    Takes the call of ``PyUnstable_Module_SetGIL()`` out of the function, with the ``#ifdef`` around it, and puts
    ``{Py_mod_gil, ...}`` with the same value before the last entry of the slot array.

What to look at
    The call had no effect: only now the module runs without the GIL.

What it leaves
    Calls whose result is looked at, that stand beside other code, or that several functions make; arrays that a macro
    fills.
"""

from __future__ import annotations

from ungil.facts.model import Call, Declaration
from ungil.fixer import Decision, Fixer, Left, Repair, Repaired, Site, Undecided
from ungil.rewrite.modules.creation import CLAIM, module_of, slot
from ungil.rewrite.modules.slots import put_slot, slot_array
from ungil.rewrite.pen import Pen
from ungil.rewrite.trim import delete_lines, lines_of

_CALL = "PyUnstable_Module_SetGIL"


def repair(site: Site) -> Repair | Decision | None:
    """The call goes, the slot comes."""
    module, array = module_of(site), slot_array(site)
    calls = site.unit.file.calls_to({_CALL})
    if module is None or module.declaration is not Declaration.LATE or array is None or not calls:
        return None
    if len(calls) > 1 or len(calls[0].arguments) != 2:  # noqa: PLR2004 - the module and its stance
        return Decision("several calls declare in this file: put the slot where each module has its own")
    pen = Pen(site.path, site.unit)
    _delete(pen, site, calls[0])
    put_slot(pen, array, slot(site, "Py_mod_gil", calls[0].arguments[1].text, (3, 13)))
    return Repair(edits=pen.edits)


def _delete(pen: Pen, site: Site, call: Call) -> None:
    """Takes the statement away, and what limits it to the free-threaded build."""
    words, text = pen.words, pen.text
    start = text.offset(call.span.line, call.span.column)
    function = site.unit.function_at(start)
    statement = function.statement_at(words.at(start)) if function is not None else None
    if statement is None or not call.is_statement or statement.is_bare or words.start(statement.words) != start:
        raise Undecided("the call that declares is more than a statement of its own: take it out by hand")
    lines = lines_of(text, start, words.end(statement.words))
    if lines is None:
        raise Undecided("other code stands in the line of the call that declares: take it out by hand")
    first, last = lines
    before, after = text.line_start(first - 1) if first else 0, text.line_end(last) + 1
    above, below = text.all[before:first].split(), text.all[last:after].split()
    if above == ["#ifdef", "Py_GIL_DISABLED"] and below[:1] == ["#endif"]:
        first, last = before, after
    elif call.conditions:
        raise Undecided("the call that declares is compiled under a condition: take it out by hand")
    delete_lines(pen, [(first, last)])


fixer = Fixer(
    slug="slot-instead-of-late-call",
    codes=frozenset({"UG003"}),
    repair=repair,
    claims=True,
    check=CLAIM,
    doc=__doc__,
    examples=(
        Repaired(
            "the call in the function that the slot runs",
            """\
#include <Python.h>

static int
exec_module(PyObject *m)
{
#ifdef Py_GIL_DISABLED
    PyUnstable_Module_SetGIL(m, Py_MOD_GIL_NOT_USED);
#endif
    return PyModule_AddIntConstant(m, "answer", 42);
}

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

PyMODINIT_FUNC
PyInit_spam(void)
{
    return PyModuleDef_Init(&module);
}
""",
        ),
        Left(
            "a call whose result is looked at",
            """\
#include <Python.h>

static int
exec_module(PyObject *m)
{
    if (PyUnstable_Module_SetGIL(m, Py_MOD_GIL_NOT_USED) < 0)
        return -1;
    return PyModule_AddIntConstant(m, "answer", 42);
}

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
            "is more than a statement of its own",
        ),
    ),
)
