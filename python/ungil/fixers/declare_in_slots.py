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

import re

from ungil.fixer import Decision, Fixer, Repair, Repaired, Site
from ungil.rewrite.pen import Pen
from ungil.syntax.words import Range

_CHECK = (
    "the declaration holds only if all of the module's code does without the GIL: see what is left, and 'ungil hammer'"
)


def repair(site: Site) -> Repair | Decision | None:
    """The slot, before the sentinel of the array where the finding lies."""
    words = site.unit.words
    opening = next((at for at in range(site.word, min(site.word + 8, len(words))) if words[at].text == "{"), None)
    if opening is None or words[site.word].kind != "name" or words[site.word - 1].text == ".":
        return None
    entries = [part for part in words.split(words.inside(opening)) if part.last > part.first]
    if not entries or not _is_sentinel(words.source(entries[-1])):
        return Decision(
            "the slot array does not end in {0, NULL}: put {Py_mod_gil, Py_MOD_GIL_NOT_USED} where it belongs"
        )
    pen = Pen(site.path, site.unit)
    _declare(pen, entries[-1], site.tree.min_python >= (3, 13))
    return Repair(edits=pen.edits)


def _is_sentinel(entry: str) -> bool:
    return re.fullmatch(r"\{\s*0?\s*(?:,\s*(?:NULL|0|nullptr)\s*)?,?\s*\}", entry) is not None


def _declare(pen: Pen, sentinel: Range, always: bool) -> None:
    start = pen.words.start(sentinel)
    slot = "{Py_mod_gil, Py_MOD_GIL_NOT_USED},"
    if not pen.text.begins_line(start):
        indent = pen.text.indentation(start) + pen.text.unit
        slot = f"{indent}{slot}\n"
        guarded = slot if always else f"#ifdef Py_mod_gil\n{slot}#endif\n"
        pen.insert(start, f"\n{guarded}{indent}")
        return
    slot = f"{pen.text.indentation(start)}{slot}\n"
    pen.insert(pen.text.line_start(start), slot if always else f"#ifdef Py_mod_gil\n{slot}#endif\n")


fixer = Fixer(
    slug="declare-in-slots",
    codes=frozenset({"UG001"}),
    repair=repair,
    check=_CHECK,
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
    ),
)
