"""What is filled on first use is filled while the module is initialised.

What it does
    ``if (cache == NULL) { ... }`` moves into a function of its own, which the last ``Py_mod_exec`` function or
    ``PyInit`` calls before it returns: then one thread fills the variable before others can see it. A function's own
    static variable moves to the file.

What to look at
    What the first call did is now done by every import, which takes that time and fails if it fails.

What it leaves
    Variables that are tested in another form, are filled from what the function gets or what other calls set, or by
    importing what is not of the standard library; and files in which no module is initialised. There the module's state
    or a lock has to be chosen.
"""

from __future__ import annotations

import re

from ungil.fixer import Decision, Fixer, Left, Repair, Repaired, Site, Undecided
from ungil.rewrite.modules.creation import free_name
from ungil.rewrite.modules.initialisation import initialiser, null
from ungil.rewrite.pen import Pen
from ungil.rewrite.statics.first_use import FirstUse, first_use
from ungil.rewrite.trim import Lines, comment_above, delete_lines, lines_of
from ungil.syntax.statements import Statement
from ungil.syntax.words import Range

_CHECK = "what the first call did is done by every import now: it takes that time, and fails if it fails"


def repair(site: Site) -> Repair | Decision | None:
    """The function that fills, its call, and what it leaves of the one where it was."""
    use, static = first_use(site)
    where = initialiser(site)
    words, function = site.unit.words, use.function
    if where.function.head.first <= function.head.first:
        return Decision(f"'{where.function.name}' stands before {function.name}(): fill '{use.name}' there by hand")
    in_namespace = words.uses(Range(0, len(words)), "namespace")
    if in_namespace or not site.unit.text.begins_line(words.start(function.head)):
        return Decision(f"where a function that fills '{use.name}' could stand is not clear: write it by hand")
    moving = _Moving(Pen(site.path, site.unit), use, is_local=static.variable.is_local)
    name = moving.name.strip("_")
    filler = free_name(words, f"fill_{name}", f"fill_{function.name}_{name}")
    moving.write(filler)
    where.call_at_end(moving.pen, f"{filler}()", function)
    return Repair(edits=moving.pen.edits)


class _Moving:
    """Lines that move out of a function.

    Attributes:
        name: of the variable, from then on.
    """

    def __init__(self, pen: Pen, use: FirstUse, *, is_local: bool) -> None:
        self.pen = pen
        self._use = use
        self._text = pen.text
        self._gone: list[Lines] = []
        self._local = use.function.local(use.name) if is_local else None
        self.name = self._name_in_file() if is_local else use.name
        if is_local and (self._local is None or not self._local.is_alone or not self._local.is_static):
            raise Undecided(f"'{use.name}' is declared together with others: give it its own declaration first")

    def write(self, filler: str) -> None:
        """The function that fills, before the one where that was done."""
        function, words = self._use.function, self.pen.words
        declared = ""
        if self._local is not None:
            declared = self._taken(self._local.statement, "", with_comment=True) + "\n"
        new = self._function(filler)
        for at in words.uses(function.body.words, self._use.name):
            if self.name != self._use.name and not self._is_gone(words[at].start):
                self.pen.replace_word(at, self.name)
        for lines in self._gone:
            delete_lines(self.pen, [lines])
        above = comment_above(self._text, words.start(function.head))
        self.pen.insert(above[0] if above else words.start(function.head), f"{declared}{new}\n")

    def _name_in_file(self) -> str:
        """The variable's own name, unless other code has something of that name."""
        words, name = self.pen.words, self._use.name
        body = self._use.function.body.words
        others = [at for at in words.uses(Range(0, len(words)), name) if at not in range(*body)]
        return free_name(words, f"{self._use.function.name}_{name}") if others else name

    def _function(self, filler: str) -> str:
        """Its text, in the layout of the function where it was."""
        use, function, words, text = self._use, self._use.function, self.pen.words, self._text
        unit = text.indentation(words.start(function.body.parts[0].words)) or text.unit
        between = "\n" if text.begins_line(words[function.name_word].start) else " "
        opening = "\n{" if text.begins_line(words.start(function.body.words)) else " {"
        body = "".join(self._taken(local.statement, unit) for local in use.moved)
        body += self._taken(use.statement, unit, with_comment=True)
        result = f"{self.name} == {null(text.all)} ? -1 : 0" if use.is_object and not use.is_checked else "0"
        return f"static int{between}{filler}(void){opening}\n{body}{unit}return {result};\n}}\n"

    def _taken(self, statement: Statement, indent: str, *, with_comment: bool = False) -> str:
        """The lines of a statement, which go, as they stand at another depth."""
        start = self.pen.words.start(statement.words)
        lines = lines_of(self._text, start, self.pen.words.end(statement.words))
        if lines is None:
            raise Undecided(f"other code stands in the lines that fill '{self._use.name}': give them their own")
        above = comment_above(self._text, start) if with_comment else None
        first, last = (above or lines)[0], lines[1]
        self._gone.append((first, last))
        old = re.escape(self._text.indentation(start))
        return re.sub(rf"^{old}(?=[^\r\n])", indent, self._changed(first, last), flags=re.MULTILINE)

    def _changed(self, first: int, last: int) -> str:
        """Text with the new name, and with the results that say that it failed."""
        words = self.pen.words
        changes = [(words.start(some), words.end(some), "-1") for some in self._use.failures]
        if self.name != self._use.name:
            named = words.uses(self._use.function.body.words, self._use.name)
            changes += [(words[at].start, words[at].end, self.name) for at in named]
        new, done = "", first
        for start, end, put in sorted(changes):
            if first <= start < last:
                new, done = new + self._text.all[done:start] + put, end
        return (new + self._text.all[done:last]).replace("\r\n", "\n")

    def _is_gone(self, offset: int) -> bool:
        return any(first <= offset < last for first, last in self._gone)


fixer = Fixer(
    slug="fill-at-initialisation",
    codes=frozenset({"UG201"}),
    repair=repair,
    check=_CHECK,
    doc=__doc__,
    examples=(
        Repaired(
            "a type that is imported when it is first needed, in a module that is made in one phase",
            """\
#include <Python.h>

static PyObject* Decimal; /* decimal.Decimal */

/* Borrowed. */
static PyObject* decimal_type(void) {
    if (Decimal == NULL) {
        PyObject* module = PyImport_ImportModule("decimal");
        if (module == NULL) {
            return NULL;
        }
        Decimal = PyObject_GetAttrString(module, "Decimal");
        Py_DECREF(module);
    }
    return Decimal;
}

static PyObject* worth(PyObject* self, PyObject* price) {
    PyObject* type = decimal_type();
    return type == NULL ? NULL : PyObject_CallOneArg(type, price);
}

static PyMethodDef methods[] = {{"worth", worth, METH_O, NULL}, {NULL, NULL, 0, NULL}};

static struct PyModuleDef def = {PyModuleDef_HEAD_INIT, .m_name = "spam", .m_size = -1, .m_methods = methods};

PyMODINIT_FUNC PyInit_spam(void) {
    PyObject* m = PyModule_Create(&def);
    if (m == NULL) {
        return NULL;
    }
    return m;
}
""",
            """\
#include <Python.h>

static PyObject* Decimal; /* decimal.Decimal */

static int fill_Decimal(void) {
    if (Decimal == NULL) {
        PyObject* module = PyImport_ImportModule("decimal");
        if (module == NULL) {
            return -1;
        }
        Decimal = PyObject_GetAttrString(module, "Decimal");
        Py_DECREF(module);
    }
    return Decimal == NULL ? -1 : 0;
}

/* Borrowed. */
static PyObject* decimal_type(void) {
    return Decimal;
}

static PyObject* worth(PyObject* self, PyObject* price) {
    PyObject* type = decimal_type();
    return type == NULL ? NULL : PyObject_CallOneArg(type, price);
}

static PyMethodDef methods[] = {{"worth", worth, METH_O, NULL}, {NULL, NULL, 0, NULL}};

static struct PyModuleDef def = {PyModuleDef_HEAD_INIT, .m_name = "spam", .m_size = -1, .m_methods = methods};

PyMODINIT_FUNC PyInit_spam(void) {
    PyObject* m = PyModule_Create(&def);
    if (m == NULL) {
        return NULL;
    }
    if (fill_Decimal() < 0) {
        Py_DECREF(m);
        return NULL;
    }
    return m;
}
""",
        ),
        Repaired(
            "a function's own name, deep inside it, in a module with an exec function",
            """\
#include <Python.h>

static int
register_object(PyObject *jar, PyObject *self)
{
    if (jar != NULL)
    {
        PyObject *result;
        static PyObject *name;

        /* made once */
        if (name == NULL)
            name = PyUnicode_InternFromString("register");
        if (name == NULL)
            return -1;
        result = PyObject_CallMethodOneArg(jar, name, self);
        if (result == NULL)
            return -1;
        Py_DECREF(result);
    }
    return 0;
}

static PyObject *
enlist(PyObject *self, PyObject *jar)
{
    return PyLong_FromLong(register_object(jar, self));
}

static PyMethodDef methods[] = {{"enlist", enlist, METH_O, NULL}, {NULL, NULL, 0, NULL}};

static int
exec_module(PyObject *m)
{
    if (PyModule_AddIntConstant(m, "answer", 42) < 0)
        return -1;
    return 0;
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, exec_module}, {Py_mod_gil, Py_MOD_GIL_NOT_USED}, {0, NULL}};

static struct PyModuleDef def = {PyModuleDef_HEAD_INIT, .m_name = "spam", .m_slots = slots, .m_methods = methods};

PyMODINIT_FUNC
PyInit_spam(void)
{
    return PyModuleDef_Init(&def);
}
""",
            """\
#include <Python.h>

static PyObject *name;

static int
fill_name(void)
{
    /* made once */
    if (name == NULL)
        name = PyUnicode_InternFromString("register");
    return name == NULL ? -1 : 0;
}

static int
register_object(PyObject *jar, PyObject *self)
{
    if (jar != NULL)
    {
        PyObject *result;

        if (name == NULL)
            return -1;
        result = PyObject_CallMethodOneArg(jar, name, self);
        if (result == NULL)
            return -1;
        Py_DECREF(result);
    }
    return 0;
}

static PyObject *
enlist(PyObject *self, PyObject *jar)
{
    return PyLong_FromLong(register_object(jar, self));
}

static PyMethodDef methods[] = {{"enlist", enlist, METH_O, NULL}, {NULL, NULL, 0, NULL}};

static int
exec_module(PyObject *m)
{
    if (PyModule_AddIntConstant(m, "answer", 42) < 0)
        return -1;
    if (fill_name() < 0)
        return -1;
    return 0;
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, exec_module}, {Py_mod_gil, Py_MOD_GIL_NOT_USED}, {0, NULL}};

static struct PyModuleDef def = {PyModuleDef_HEAD_INIT, .m_name = "spam", .m_slots = slots, .m_methods = methods};

PyMODINIT_FUNC
PyInit_spam(void)
{
    return PyModuleDef_Init(&def);
}
""",
        ),
        Repaired(
            "a table under a flag, and a module that is returned as it is made",
            """\
#include <Python.h>

static int ready;
static unsigned char reversed[256];

static unsigned char
reverse_slowly(int byte)
{
    return (unsigned char)(255 - byte);
}

static PyObject *
reverse(PyObject *self, PyObject *byte)
{
    int i;

    if (!ready) {
        for (i = 0; i < 256; i++)
            reversed[i] = reverse_slowly(i);
        ready = 1;
    }

    return PyLong_FromLong(reversed[PyLong_AsLong(byte) & 255]);
}

static PyMethodDef methods[] = {{"reverse", reverse, METH_O, NULL}, {NULL, NULL, 0, NULL}};

static struct PyModuleDef def = {PyModuleDef_HEAD_INIT, .m_name = "spam", .m_size = -1, .m_methods = methods};

PyMODINIT_FUNC
PyInit_spam(void)
{
    return PyModule_Create(&def);
}
""",
            """\
#include <Python.h>

static int ready;
static unsigned char reversed[256];

static unsigned char
reverse_slowly(int byte)
{
    return (unsigned char)(255 - byte);
}

static int
fill_ready(void)
{
    int i;
    if (!ready) {
        for (i = 0; i < 256; i++)
            reversed[i] = reverse_slowly(i);
        ready = 1;
    }
    return 0;
}

static PyObject *
reverse(PyObject *self, PyObject *byte)
{
    return PyLong_FromLong(reversed[PyLong_AsLong(byte) & 255]);
}

static PyMethodDef methods[] = {{"reverse", reverse, METH_O, NULL}, {NULL, NULL, 0, NULL}};

static struct PyModuleDef def = {PyModuleDef_HEAD_INIT, .m_name = "spam", .m_size = -1, .m_methods = methods};

PyMODINIT_FUNC
PyInit_spam(void)
{
    if (fill_ready() < 0) {
        return NULL;
    }
    return PyModule_Create(&def);
}
""",
        ),
        Left(
            "what is made from an argument",
            """\
#include <Python.h>

static PyObject *first;

static PyObject *
remember(PyObject *self, PyObject *value)
{
    if (first == NULL)
        first = PyList_GetItem(value, 0);
    return Py_XNewRef(first);
}

static struct PyModuleDef def = {PyModuleDef_HEAD_INIT, .m_name = "spam", .m_size = -1};

PyMODINIT_FUNC
PyInit_spam(void)
{
    return PyModule_Create(&def);
}
""",
            "'value' may not be there while the module is initialised",
        ),
        Left(
            "a module that may import this one",
            """\
#include <Python.h>

static PyObject *slow;

static PyObject *
get_slow(PyObject *self, PyObject *unused)
{
    if (slow == NULL)
        slow = PyImport_ImportModule("spam.slow");
    return Py_XNewRef(slow);
}

static struct PyModuleDef def = {PyModuleDef_HEAD_INIT, .m_name = "spam", .m_size = -1};

PyMODINIT_FUNC
PyInit_spam(void)
{
    return PyModule_Create(&def);
}
""",
            '"spam.slow" would be imported while this module is',
        ),
        Left(
            "a file in which no module is initialised",
            """\
#include <Python.h>

PyObject *
get_empty(PyObject *self)
{
    static PyObject *empty;
    if (empty == NULL)
        empty = PyTuple_New(0);
    return Py_XNewRef(empty);
}
""",
            "the module is initialised in another file",
        ),
    ),
)
