"""A single-phase module declares that it does not need the GIL, right after it is made.

What it does
    Puts ``PyUnstable_Module_SetGIL(m, Py_MOD_GIL_NOT_USED)`` behind ``PyModule_Create()`` and the test of its result,
    for the free-threaded build, whose headers alone have the call. A module that is returned on the spot gets a
    variable first.

What to look at
    The declaration is a claim about all of the module's code: what else was found is to be repaired first, and what
    was not found is not thereby right.

What it leaves
    Modules that a macro makes, that several places make, that a helper makes for several modules, and those that go
    elsewhere than to a plain variable or to the caller. Files that are built for the stable ABI, which lacks the call.
"""

from __future__ import annotations

import re

from ungil.facts.model import Initialisation, ModuleInit
from ungil.fixer import Decision, Fixer, Left, Repair, Repaired, Site, Undecided
from ungil.rewrite.modules.creation import CLAIM, Creation, creation, module_of, pointer_to_object, under
from ungil.rewrite.pen import Pen
from ungil.syntax.words import Range


def repair(site: Site) -> Repair | Decision | None:
    """The call, where the module is known not to be NULL."""
    module = module_of(site)
    if module is None or module.initialisation is not Initialisation.SINGLE_PHASE:
        return None
    made = creation(site)
    _refuse(site, module)
    pen = Pen(site.path, site.unit)
    if not made.variable:
        _keep(site, pen, made)
    elif made.check is not None:
        _put_behind(pen, made.check.words, made, *under("Py_GIL_DISABLED", _call(made.variable)))
    else:
        test = (f"if ({made.variable} != NULL)", pen.text.unit + _call(made.variable))
        _put_behind(pen, made.statement.words, made, *under("Py_GIL_DISABLED", *test))
    return Repair(edits=pen.edits)


def _call(variable: str) -> str:
    return f"PyUnstable_Module_SetGIL({variable}, Py_MOD_GIL_NOT_USED);"


def _refuse(site: Site, module: ModuleInit) -> None:
    """Leaves what is not one module that one place makes.

    Raises:
        Undecided: that is so.
    """
    function = site.function
    is_entry = module.entry.function is not None and module.entry.function.key == function.facts.key
    if not is_entry and (len(function.facts.callers) != 1 or not function.facts.is_called_only):
        raise Undecided(f"'{function.name}()' makes modules for several callers: let each declare its own")
    calls = [call for call in function.facts.calls if call.name.startswith("PyModule_Create")]
    if len(calls) != 1:
        raise Undecided(f"'{function.name}()' makes the module in several places: declare it where they meet")
    if re.search(r"^[ \t]*#[ \t]*define[ \t]+Py_LIMITED_API\b", site.text, re.MULTILINE):
        raise Undecided("the stable ABI has no PyUnstable_Module_SetGIL(): use multi-phase initialisation and its slot")


def _keep(site: Site, pen: Pen, made: Creation) -> None:
    """A variable for a module that is returned as it is made."""
    words, text = pen.words, pen.text
    end = words[made.call + 1].partner + 1
    if end != made.statement.head.last:
        raise Undecided("what is returned is more than the call that makes the module: declare it by hand")
    taken = {word.text for word in words.all}
    name = next(one for one in ("m", "module", "mod", "made") if one not in taken or one == "made")
    lines = (
        f"{pointer_to_object(text)}{name} = {words.source(Range(made.call, end))};",
        f"if ({name} == NULL)",
        f"{text.unit}return NULL;",
        *under("Py_GIL_DISABLED", _call(name)),
        f"return {name};",
    )
    if text.begins_line(words.start(made.statement.words)):
        pen.instead(made.statement, *lines)
        return
    block = site.function.body.words
    if len(site.function.body.parts) != 1 or text.line(words.start(block)) != text.line(words.end(block)):
        raise Undecided("other statements stand in the line of the one that makes the module: give each its own")
    indent = text.indentation(words.start(block))
    inner = "".join(f"\n{line}" if line.startswith("#") else f"\n{indent}{text.unit}{line}" for line in lines)
    pen.replace(block, f"{{{inner}\n{indent}}}")


def _put_behind(pen: Pen, some: Range, made: Creation, *lines: str) -> None:
    end = pen.words.end(some)
    if pen.text.line(pen.words[some.last].start) == pen.text.line(end):
        raise Undecided("other code stands in the line of the one that makes the module: give each its own")
    pen.after(made.check or made.statement, *lines)


fixer = Fixer(
    slug="declare-after-creation",
    codes=frozenset({"UG001"}),
    repair=repair,
    claims=True,
    check=CLAIM,
    doc=__doc__,
    examples=(
        Repaired(
            "a module whose creation is tested",
            """\
#include <Python.h>

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "spam", NULL, -1, NULL, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC
PyInit_spam(void)
{
    PyObject *m;

    m = PyModule_Create(&definition);
    if (m == NULL)
        return NULL;

    if (PyModule_AddIntConstant(m, "answer", 42) < 0) {
        Py_DECREF(m);
        return NULL;
    }
    return m;
}
""",
            """\
#include <Python.h>

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "spam", NULL, -1, NULL, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC
PyInit_spam(void)
{
    PyObject *m;

    m = PyModule_Create(&definition);
    if (m == NULL)
        return NULL;
#ifdef Py_GIL_DISABLED
    PyUnstable_Module_SetGIL(m, Py_MOD_GIL_NOT_USED);
#endif

    if (PyModule_AddIntConstant(m, "answer", 42) < 0) {
        Py_DECREF(m);
        return NULL;
    }
    return m;
}
""",
        ),
        Repaired(
            "a module that is returned as it is made",
            """\
#include <Python.h>

static struct PyModuleDef m = {PyModuleDef_HEAD_INIT, "spam", NULL, -1, NULL, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC
PyInit_spam(void)
{
  return PyModule_Create(&m); /* nothing else */
}
""",
            """\
#include <Python.h>

static struct PyModuleDef m = {PyModuleDef_HEAD_INIT, "spam", NULL, -1, NULL, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC
PyInit_spam(void)
{
  PyObject *module = PyModule_Create(&m);
  if (module == NULL)
    return NULL;
#ifdef Py_GIL_DISABLED
  PyUnstable_Module_SetGIL(module, Py_MOD_GIL_NOT_USED);
#endif
  return module; /* nothing else */
}
""",
        ),
        Repaired(
            "a function in one line",
            """\
#include <Python.h>

static struct PyModuleDef def = {PyModuleDef_HEAD_INIT, "spam", NULL, -1, NULL, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_spam(void) { return PyModule_Create(&def); }
""",
            """\
#include <Python.h>

static struct PyModuleDef def = {PyModuleDef_HEAD_INIT, "spam", NULL, -1, NULL, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_spam(void) {
    PyObject *m = PyModule_Create(&def);
    if (m == NULL)
        return NULL;
#ifdef Py_GIL_DISABLED
    PyUnstable_Module_SetGIL(m, Py_MOD_GIL_NOT_USED);
#endif
    return m;
}
""",
        ),
        Repaired(
            "a test around the call",
            """\
#include <Python.h>

static struct PyModuleDef def = {PyModuleDef_HEAD_INIT, "spam", NULL, -1, NULL, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC
PyInit_spam(void)
{
    PyObject *module = NULL;

    if (PyErr_Occurred() || (module = PyModule_Create(&def)) == NULL)
        goto fail;
    PyModule_AddIntConstant(module, "answer", 42);
    return module;

fail:
    PyErr_Clear();
    return NULL;
}
""",
            """\
#include <Python.h>

static struct PyModuleDef def = {PyModuleDef_HEAD_INIT, "spam", NULL, -1, NULL, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC
PyInit_spam(void)
{
    PyObject *module = NULL;

    if (PyErr_Occurred() || (module = PyModule_Create(&def)) == NULL)
        goto fail;
#ifdef Py_GIL_DISABLED
    PyUnstable_Module_SetGIL(module, Py_MOD_GIL_NOT_USED);
#endif
    PyModule_AddIntConstant(module, "answer", 42);
    return module;

fail:
    PyErr_Clear();
    return NULL;
}
""",
        ),
        Repaired(
            "the creation is not tested, and Python 2 has its own",
            """\
#include <Python.h>

static PyMethodDef methods[] = {{NULL, NULL, 0, NULL}};
#if PY_MAJOR_VERSION >= 3
static struct PyModuleDef def = {PyModuleDef_HEAD_INIT, "spam", NULL, -1, methods, NULL, NULL, NULL, NULL};
#endif

PyMODINIT_FUNC
#if PY_MAJOR_VERSION >= 3
PyInit_spam(void)
#else
initspam(void)
#endif
{
    PyObject *m;
#if PY_MAJOR_VERSION >= 3
    m = PyModule_Create(&def);
#else
    m = Py_InitModule("spam", methods);
#endif
    PyModule_AddIntConstant(m, "answer", 42);
#if PY_MAJOR_VERSION >= 3
    return m;
#endif
}
""",
            """\
#include <Python.h>

static PyMethodDef methods[] = {{NULL, NULL, 0, NULL}};
#if PY_MAJOR_VERSION >= 3
static struct PyModuleDef def = {PyModuleDef_HEAD_INIT, "spam", NULL, -1, methods, NULL, NULL, NULL, NULL};
#endif

PyMODINIT_FUNC
#if PY_MAJOR_VERSION >= 3
PyInit_spam(void)
#else
initspam(void)
#endif
{
    PyObject *m;
#if PY_MAJOR_VERSION >= 3
    m = PyModule_Create(&def);
#ifdef Py_GIL_DISABLED
    if (m != NULL)
        PyUnstable_Module_SetGIL(m, Py_MOD_GIL_NOT_USED);
#endif
#else
    m = Py_InitModule("spam", methods);
#endif
    PyModule_AddIntConstant(m, "answer", 42);
#if PY_MAJOR_VERSION >= 3
    return m;
#endif
}
""",
        ),
        Repaired(
            "a helper that makes this module alone",
            """\
#include <Python.h>

static struct PyModuleDef def = {PyModuleDef_HEAD_INIT, "spam", NULL, -1, NULL, NULL, NULL, NULL, NULL};

static PyObject *
make_module(void)
{
\tPyObject *m = PyModule_Create(&def);

\tif (!m) {
\t\treturn NULL; /* with MemoryError */
\t}
\treturn m;
}

PyMODINIT_FUNC
PyInit_spam(void)
{
\treturn make_module();
}
""",
            """\
#include <Python.h>

static struct PyModuleDef def = {PyModuleDef_HEAD_INIT, "spam", NULL, -1, NULL, NULL, NULL, NULL, NULL};

static PyObject *
make_module(void)
{
\tPyObject *m = PyModule_Create(&def);

\tif (!m) {
\t\treturn NULL; /* with MemoryError */
\t}
#ifdef Py_GIL_DISABLED
\tPyUnstable_Module_SetGIL(m, Py_MOD_GIL_NOT_USED);
#endif
\treturn m;
}

PyMODINIT_FUNC
PyInit_spam(void)
{
\treturn make_module();
}
""",
        ),
        Left(
            "a class keeps the module",
            """\
#include <Python.h>

struct Reference {
    PyObject *object;
    Reference(PyObject *made) : object(made) {}
    ~Reference() { Py_XDECREF(object); }
};

static struct PyModuleDef def = {PyModuleDef_HEAD_INIT, "spam", NULL, -1, NULL, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC
PyInit_spam(void)
{
    Reference m = PyModule_Create(&def);
    return Py_XNewRef(m.object);
}
""",
            "is no plain PyObject pointer",
            "example.cpp",
        ),
        Left(
            "a helper for several modules",
            """\
#include <Python.h>

static PyObject *
make_module(struct PyModuleDef *def)
{
    return PyModule_Create(def);
}

static struct PyModuleDef spam = {PyModuleDef_HEAD_INIT, "spam", NULL, -1, NULL, NULL, NULL, NULL, NULL};
static struct PyModuleDef eggs = {PyModuleDef_HEAD_INIT, "eggs", NULL, -1, NULL, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC
PyInit_spam(void)
{
    return make_module(&spam);
}

PyMODINIT_FUNC
PyInit_eggs(void)
{
    return make_module(&eggs);
}
""",
            "makes modules for several callers",
        ),
        Left(
            "the module is kept in a structure",
            """\
#include <Python.h>

static struct PyModuleDef def = {PyModuleDef_HEAD_INIT, "spam", NULL, -1, NULL, NULL, NULL, NULL, NULL};
static struct { PyObject *module; } kept;

PyMODINIT_FUNC
PyInit_spam(void)
{
    kept.module = PyModule_Create(&def);
    return kept.module;
}
""",
            "goes neither to a variable nor to the caller",
        ),
    ),
)
