"""A module that is made in one phase is made in several.

What it does
    The function that makes the module becomes one that fills it, which a ``Py_mod_exec`` slot runs, and ``PyInit``
    returns the definition. Further slots say what the module declared by calls, and that it is for one interpreter, as
    it was. ``Py_INCREF(x); PyModule_AddObject(m, "x", x)`` becomes ``PyModule_AddObjectRef()``, from Python 3.10 on.

What to look at
    What changes in C globals still does, for all threads and interpreters: this is the step before it can move to the
    module's state. The function now runs each time that the module is imported anew, rather than once for a process:
    what it puts into C globals is made again then, and replaced under those who use it.

What it leaves
    Modules that are looked up by ``PyState_FindModule()``, are kept in C globals, give up C globals when they are
    freed, or are made differently by other versions and builds; functions that macros leave; what a helper makes
    that does more than one module's work.
"""

from __future__ import annotations

from ungil.facts.model import Function, Initialisation, ModuleInit
from ungil.fixer import Decision, Fixer, Left, Repair, Repaired, Site, Undecided
from ungil.rewrite.modules.creation import creation, free_name, module_of
from ungil.rewrite.modules.definition import Definition, Slots, definition_named, give_slots
from ungil.rewrite.modules.exec_function import ExecFunction
from ungil.rewrite.modules.members import add_references
from ungil.rewrite.pen import Pen
from ungil.syntax.words import Range

_BY_DEFINITION = {"PyState_FindModule", "PyState_AddModule", "PyState_RemoveModule"}


def repair(site: Site) -> Repair | Decision | None:
    """The slots, the exec function and what ``PyInit`` returns."""
    module = module_of(site)
    if module is None or module.initialisation is not Initialisation.SINGLE_PHASE:
        return None
    made = creation(site)
    words = site.unit.words
    given = words.split(words.inside(made.call + 1))[0]
    definition = definition_named(site, words.source(given).lstrip("& "))
    init = _init(site, module)
    _refuse(site, init, definition)
    pen = Pen(site.path, site.unit)
    function = ExecFunction(site, pen, made)
    function.read()
    base = module.name.strip("_")
    slots = free_name(words, f"{base}_slots", f"{base}_module_slots", f"{base}_initialisation_slots")
    if function.is_empty:
        function.write_nothing(definition.name)
        give_slots(site, pen, definition, Slots(slots, "", "", function.stance))
        return Repair(edits=pen.edits)
    is_helper = init.key != site.function.facts.key
    names = (f"{base}_exec", f"{base}_module_exec", f"exec_{base}")
    name = site.function.name if is_helper else free_name(words, *names)
    if site.tree.min_python >= (3, 10):
        add_references(function)
    _write_init(site, pen, init, definition)
    function.write(name)
    give_slots(site, pen, definition, Slots(slots, name, function.variable, function.stance))
    return Repair(edits=pen.edits)


def _init(site: Site, module: ModuleInit) -> Function:
    """The function that begins the module; what makes it is that one, or a helper for it alone.

    Raises:
        Undecided: that is not so.
    """
    init, function = module.entry.function, site.function
    if init is None or module.entry.macro != f"PyInit_{module.name}":
        raise Undecided("a macro stands for the beginning of the module: write it out first")
    if init.key != function.facts.key:
        named = sum(word.text == function.name for word in site.unit.words.all)
        whole = site.unit.text.all.count(function.name)
        if named != 2 or whole != named or not function.facts.is_static or function.parameters:  # noqa: PLR2004
            raise Undecided(f"'{function.name}()' is more than what '{init.name}()' calls: let that make the module")
    return init


def _refuse(site: Site, init: Function, definition: Definition) -> None:
    """Leaves what can only be made in one phase.

    Raises:
        Undecided: that is so.
    """
    if init.file.path != site.path or init.callers:
        raise Undecided(f"other code calls '{init.name}()', and would get a definition from it")
    if sum(call.name.startswith("PyModule_Create") for call in site.function.facts.calls) > 1:
        raise Undecided(f"'{site.function.name}()' makes the module in several places: leave one of them first")
    looked_up = [call for call in site.facts.calls_to(_BY_DEFINITION) if definition.name in call.arguments[0].text]
    if looked_up or any(file.macros_with(_BY_DEFINITION) for file in site.facts.files):
        raise Undecided("the module is looked up by its definition, which finds no module that is made in phases")


def _write_init(site: Site, pen: Pen, init: Function, definition: Definition) -> None:
    """What is left of ``PyInit``: behind the function that it was, or in the place where it called that one."""
    words, text, function = pen.words, pen.text, site.function
    if init.key == function.facts.key:
        head = text.all[words.start(function.head) : words[function.body.words.first].end]
        new = f"\n\n{head}\n{text.unit}return PyModuleDef_Init(&{definition.name});\n}}"
        pen.insert(words.end(function.body.words), new)
        return
    named = [at for at, word in enumerate(words.all) if word.text == function.name]
    call = next(at for at in named if at != function.name_word)
    end = words[call + 1].partner + 1
    if words[call - 1].text != "return" or words[end].text != ";":
        raise Undecided(f"'{init.name}()' does more than to return what '{function.name}()' makes: join the two")
    pen.replace(Range(call, end), f"PyModuleDef_Init(&{definition.name})")


_CHECK = (
    "the function that fills the module runs again when the module is imported anew: see what it puts into C globals, "
    "and that what changes in them is guarded or moves to the module's state"
)

fixer = Fixer(
    slug="multi-phase-initialisation",
    codes=frozenset({"UG007"}),
    repair=repair,
    check=_CHECK,
    doc=__doc__,
    examples=(
        Repaired(
            "a module that declares by a call",
            """\
#include <Python.h>

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

static PyMethodDef methods[] = {
    {"set_precision", set_precision, METH_O, ""},
    {"get_precision", get_precision, METH_NOARGS, ""},
    {NULL, NULL, 0, NULL},
};

static PyTypeObject number_type = {PyVarObject_HEAD_INIT(NULL, 0) .tp_name = "number.Number"};

/* What the module is. */
static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    "number",
    NULL,
    -1,
    methods,
    NULL,
    NULL,
    NULL,
    NULL,
};

PyMODINIT_FUNC
PyInit_number(void)
{
    PyObject *m;

    if (PyType_Ready(&number_type) < 0)
        return NULL;

    /* Create the module */
    m = PyModule_Create(&definition);
    if (m == NULL)
        return NULL;
#ifdef Py_GIL_DISABLED
    PyUnstable_Module_SetGIL(m, Py_MOD_GIL_NOT_USED);
#endif

    Py_INCREF(&number_type);
    if (PyModule_AddObject(m, "Number", (PyObject *)&number_type) < 0) {
        Py_DECREF(&number_type);
        Py_DECREF(m);
        return NULL;
    }
    return m;
}
""",
            """\
#include <Python.h>

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

static PyMethodDef methods[] = {
    {"set_precision", set_precision, METH_O, ""},
    {"get_precision", get_precision, METH_NOARGS, ""},
    {NULL, NULL, 0, NULL},
};

static PyTypeObject number_type = {PyVarObject_HEAD_INIT(NULL, 0) .tp_name = "number.Number"};

static int number_exec(PyObject *m);

static PyModuleDef_Slot number_slots[] = {
    {Py_mod_exec, number_exec},
    {Py_mod_multiple_interpreters, Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED},
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
    {0, NULL},
};

/* What the module is. */
static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    "number",
    NULL,
    0,
    methods,
    number_slots,
    NULL,
    NULL,
    NULL,
};

static int
number_exec(PyObject *m)
{
    if (PyType_Ready(&number_type) < 0)
        return -1;

    if (PyModule_AddObjectRef(m, "Number", (PyObject *)&number_type) < 0) {
        return -1;
    }
    return 0;
}

PyMODINIT_FUNC
PyInit_number(void)
{
    return PyModuleDef_Init(&definition);
}
""",
        ),
        Repaired(
            "a helper makes the module",
            """\
#include <Python.h>

static int count;

static PyObject* tick(PyObject* self, PyObject* unused)
{
  return PyLong_FromLong(count++);
}

static PyMethodDef methods[] = {{"tick", tick, METH_NOARGS, ""}, {NULL, NULL, 0, NULL}};

static struct PyModuleDef definition = {
  PyModuleDef_HEAD_INIT,
  "clock",   /* m_name */
  NULL,      /* m_doc */
  -1,        /* m_size */
  methods,   /* m_methods */
  NULL,      /* m_reload */
  NULL,      /* m_traverse */
  NULL,      /* m_clear */
  NULL,      /* m_free */
};

static PyObject* make_clock(void) {
  PyObject* type, *m = NULL, *name;

  m = PyModule_Create(&definition);
  if (!m) return NULL;

  type = PyErr_NewException("clock.Stopped", NULL, NULL);
  if (type == NULL) goto fail;
  PyModule_AddObject(m, "Stopped", type);
  name = PyUnicode_FromString("clock");
  if (name == NULL)
    goto fail;
  Py_INCREF(name);
  PyModule_AddObject(m, "label", name);
  Py_DECREF(name);
  return m;

fail:
  Py_XDECREF(m);
  return NULL;
}

PyMODINIT_FUNC PyInit_clock(void) { return make_clock(); }
""",
            """\
#include <Python.h>

static int count;

static PyObject* tick(PyObject* self, PyObject* unused)
{
  return PyLong_FromLong(count++);
}

static PyMethodDef methods[] = {{"tick", tick, METH_NOARGS, ""}, {NULL, NULL, 0, NULL}};

static int make_clock(PyObject* m);

static PyModuleDef_Slot clock_slots[] = {
  {Py_mod_exec, make_clock},
  {Py_mod_multiple_interpreters, Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED},
  {0, NULL},
};

static struct PyModuleDef definition = {
  PyModuleDef_HEAD_INIT,
  "clock",   /* m_name */
  NULL,      /* m_doc */
  0,         /* m_size */
  methods,   /* m_methods */
  clock_slots, /* m_slots */
  NULL,      /* m_traverse */
  NULL,      /* m_clear */
  NULL,      /* m_free */
};

static int make_clock(PyObject* m) {
  PyObject* type, *name;

  type = PyErr_NewException("clock.Stopped", NULL, NULL);
  if (type == NULL) goto fail;
  PyModule_AddObject(m, "Stopped", type);
  name = PyUnicode_FromString("clock");
  if (name == NULL)
    goto fail;
  PyModule_AddObjectRef(m, "label", name);
  Py_DECREF(name);
  return 0;

fail:
  return -1;
}

PyMODINIT_FUNC PyInit_clock(void) { return PyModuleDef_Init(&definition); }
""",
        ),
        Repaired(
            "nothing is added to the module",
            """\
#include <Python.h>

static int count;

static PyObject *
tick(PyObject *self, PyObject *unused)
{
    return PyLong_FromLong(count++);
}

static PyMethodDef methods[] = {{"tick", tick, METH_NOARGS, ""}, {NULL, NULL, 0, NULL}};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "clock",
    .m_size = -1,
    .m_methods = methods  // tick()
};

PyMODINIT_FUNC
PyInit__clock(void)
{
    return PyModule_Create(&definition);
}
""",
            """\
#include <Python.h>

static int count;

static PyObject *
tick(PyObject *self, PyObject *unused)
{
    return PyLong_FromLong(count++);
}

static PyMethodDef methods[] = {{"tick", tick, METH_NOARGS, ""}, {NULL, NULL, 0, NULL}};

static PyModuleDef_Slot clock_slots[] = {
    {Py_mod_multiple_interpreters, Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED},
    {0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "clock",
    .m_size = 0,
    .m_methods = methods,  // tick()
    .m_slots = clock_slots
};

PyMODINIT_FUNC
PyInit__clock(void)
{
    return PyModuleDef_Init(&definition);
}
""",
        ),
        Repaired(
            "C++, and a function that returns NULL by a macro",
            """\
#include <Python.h>

#define FAIL return NULL

static int count;

extern "C" {

static PyObject *tick(PyObject *self, PyObject *unused)
{
    return PyLong_FromLong(count++);
}

static PyMethodDef methods[] = {{"tick", tick, METH_NOARGS, ""}, {NULL, NULL, 0, NULL}};

static PyModuleDef definition = {PyModuleDef_HEAD_INIT, "clock", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_clock(void)
{
    PyObject *module, *dict;

    if ((module = PyModule_Create(&definition)) == nullptr)
        FAIL;
    dict = PyModule_GetDict(module);
    if (PyDict_SetItemString(dict, "ticking", Py_True) < 0)
        FAIL;
    return module;
}

}
""",
            """\
#include <Python.h>

#define FAIL return NULL

static int count;

extern "C" {

static PyObject *tick(PyObject *self, PyObject *unused)
{
    return PyLong_FromLong(count++);
}

static PyMethodDef methods[] = {{"tick", tick, METH_NOARGS, ""}, {NULL, NULL, 0, NULL}};

static int clock_exec(PyObject *module);

static PyModuleDef_Slot clock_slots[] = {
    {Py_mod_exec, (void *)clock_exec},
    {Py_mod_multiple_interpreters, Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED},
    {0, NULL},
};

static PyModuleDef definition = {PyModuleDef_HEAD_INIT, "clock", NULL, 0, methods, clock_slots, NULL, NULL, NULL};

static int clock_exec(PyObject *module)
{
    PyObject *dict;

    dict = PyModule_GetDict(module);
    if (PyDict_SetItemString(dict, "ticking", Py_True) < 0)
        return -1;
    return 0;
}

PyMODINIT_FUNC PyInit_clock(void)
{
    return PyModuleDef_Init(&definition);
}

}
""",
            "example.cpp",
        ),
        Repaired(
            "a label that nothing else leads to",
            """\
#include <Python.h>

static int count;

static PyObject *
tick(PyObject *self, PyObject *unused)
{
    return PyLong_FromLong(count++);
}

static PyMethodDef methods[] = {{"tick", tick, METH_NOARGS, ""}, {NULL, NULL, 0, NULL}};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "clock", NULL, -1, methods};

PyMODINIT_FUNC
PyInit_clock(void)
{
    PyObject *m;

    count = 1;
    m = PyModule_Create(&definition);
    if (m == NULL) { goto exit; }

exit:
    return m;
}
""",
            """\
#include <Python.h>

static int count;

static PyObject *
tick(PyObject *self, PyObject *unused)
{
    return PyLong_FromLong(count++);
}

static PyMethodDef methods[] = {{"tick", tick, METH_NOARGS, ""}, {NULL, NULL, 0, NULL}};

static int clock_exec(PyObject *m);

static PyModuleDef_Slot clock_slots[] = {
    {Py_mod_exec, clock_exec},
    {Py_mod_multiple_interpreters, Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED},
    {0, NULL},
};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "clock", NULL, 0, methods, clock_slots};

static int
clock_exec(PyObject *m)
{
    count = 1;
    return 0;
}

PyMODINIT_FUNC
PyInit_clock(void)
{
    return PyModuleDef_Init(&definition);
}
""",
        ),
        Left(
            "the module is looked up by its definition",
            """\
#include <Python.h>

static int count;
static struct PyModuleDef definition;

static PyObject *
tick(PyObject *self, PyObject *unused)
{
    count++;
    return Py_XNewRef(PyState_FindModule(&definition));
}

static PyMethodDef methods[] = {{"tick", tick, METH_NOARGS, ""}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "clock", NULL, -1, methods};

PyMODINIT_FUNC
PyInit_clock(void)
{
    return PyModule_Create(&definition);
}
""",
            "looked up by its definition",
        ),
        Left(
            "what is freed with the module is static",
            """\
#include <Python.h>

static PyObject *last;

static PyObject *
keep(PyObject *self, PyObject *value)
{
    Py_XSETREF(last, Py_NewRef(value));
    Py_RETURN_NONE;
}

static void
free_module(void *m)
{
    Py_CLEAR(last);
}

static PyMethodDef methods[] = {{"keep", keep, METH_O, ""}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "spam", NULL, -1, methods, .m_free = free_module};

PyMODINIT_FUNC
PyInit_spam(void)
{
    return PyModule_Create(&definition);
}
""",
            "gives up what it keeps in C globals when it is freed",
        ),
        Left(
            "the module is kept",
            """\
#include <Python.h>

static int count;
static PyObject *kept;

static PyObject *
tick(PyObject *self, PyObject *unused)
{
    count++;
    return PyObject_GetAttrString(kept, "answer");
}

static PyMethodDef methods[] = {{"tick", tick, METH_NOARGS, ""}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "spam", NULL, -1, methods};

PyMODINIT_FUNC
PyInit_spam(void)
{
    PyObject *m = PyModule_Create(&definition);
    if (m == NULL)
        return NULL;
    kept = m;
    return m;
}
""",
            "is tested, set or counted",
        ),
    ),
)
