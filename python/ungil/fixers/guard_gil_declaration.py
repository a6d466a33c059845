"""A call that only the free-threaded headers have is compiled on that build alone.

What it does
    Puts ``PyUnstable_Module_SetGIL()`` under ``#ifdef Py_GIL_DISABLED``, with the ``if`` that looks at its result.

What it leaves
    Calls that are part of something else.
"""

from __future__ import annotations

from ungil.fixer import Fixer, Left, Repair, Repaired, Site, Undecided
from ungil.rewrite.modules.creation import under
from ungil.rewrite.pen import Pen
from ungil.syntax.statements import Statement


def repair(site: Site) -> Repair:
    """The statement of the call, and what would be left without it."""
    words, statement = site.unit.words, site.statement
    while statement.is_bare and statement.parent is not None:
        statement = statement.parent
    if not _is_about_call(site, statement) or not words.is_whole(statement.words):
        raise Undecided("the call is part of something else: put it under #ifdef Py_GIL_DISABLED by hand")
    pen = Pen(site.path, site.unit)
    begin, end = under("Py_GIL_DISABLED")
    pen.around(statement, [begin], [end])
    return Repair(edits=pen.edits)


def _is_about_call(site: Site, statement: Statement) -> bool:
    """It does nothing but make the call, on a condition or looking at its result."""
    words = site.unit.words
    alone = site.text[words.end(statement.words) : site.unit.text.line_end(words.end(statement.words))].strip() == ""
    if not alone or not site.unit.text.begins_line(words.start(statement.words)):
        return False
    if statement.kind == "plain":
        return statement.words.first == site.word
    if statement.kind != "if" or len(statement.parts) > 1:
        return False
    inside = statement.head.first == site.word
    return inside or (statement.parts[0].words.first == site.word and statement.parts[0].kind == "plain")


fixer = Fixer(
    slug="guard-gil-declaration",
    codes=frozenset({"UG004"}),
    repair=repair,
    doc=__doc__,
    examples=(
        Repaired(
            "a call without a condition",
            """\
#include <Python.h>

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, .m_name = "spam", .m_size = -1};

PyMODINIT_FUNC
PyInit_spam(void)
{
    PyObject *m = PyModule_Create(&module);
    if (m == NULL)
        return NULL;
    PyUnstable_Module_SetGIL(m, Py_MOD_GIL_NOT_USED);
    return m;
}
""",
            """\
#include <Python.h>

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, .m_name = "spam", .m_size = -1};

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
            needs_free_threading=True,
        ),
        Repaired(
            "a call whose result is looked at",
            """\
#include <Python.h>

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, .m_name = "spam", .m_size = -1};

PyMODINIT_FUNC
PyInit_spam(void)
{
    PyObject *m = PyModule_Create(&module);
    if (m == NULL) {
        return NULL;
    }
    if (PyUnstable_Module_SetGIL(m, Py_MOD_GIL_NOT_USED) < 0) {
        Py_DECREF(m);
        return NULL;
    }
    return m;
}
""",
            """\
#include <Python.h>

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, .m_name = "spam", .m_size = -1};

PyMODINIT_FUNC
PyInit_spam(void)
{
    PyObject *m = PyModule_Create(&module);
    if (m == NULL) {
        return NULL;
    }
#ifdef Py_GIL_DISABLED
    if (PyUnstable_Module_SetGIL(m, Py_MOD_GIL_NOT_USED) < 0) {
        Py_DECREF(m);
        return NULL;
    }
#endif
    return m;
}
""",
            needs_free_threading=True,
        ),
        Repaired(
            "a call that a module which was made gets",
            """\
#include <Python.h>

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, .m_name = "spam", .m_size = -1};

PyMODINIT_FUNC
PyInit_spam(void)
{
    PyObject *m = PyModule_Create(&module);
    if (m != NULL)
        PyUnstable_Module_SetGIL(m, Py_MOD_GIL_NOT_USED);
    return m;
}
""",
            """\
#include <Python.h>

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, .m_name = "spam", .m_size = -1};

PyMODINIT_FUNC
PyInit_spam(void)
{
    PyObject *m = PyModule_Create(&module);
#ifdef Py_GIL_DISABLED
    if (m != NULL)
        PyUnstable_Module_SetGIL(m, Py_MOD_GIL_NOT_USED);
#endif
    return m;
}
""",
            needs_free_threading=True,
        ),
        Left(
            "a call among others",
            """\
#include <Python.h>

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, .m_name = "spam", .m_size = -1};

PyMODINIT_FUNC
PyInit_spam(void)
{
    PyObject *m = PyModule_Create(&module);
    int failed = PyUnstable_Module_SetGIL(m, Py_MOD_GIL_NOT_USED);
    return failed ? NULL : m;
}
""",
            "the call is part of something else",
        ),
    ),
)
