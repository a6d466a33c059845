"""Who else can reach an object: what is followed across functions, and what is not believed."""

import pytest

from ungil.audit import audit
from ungil.rules import borrowed_dict_item
from ungil.source import Language, Project, Source

HELPER = "static PyObject *find(PyObject *d, PyObject *k) { return Py_XNewRef(PyDict_GetItem(d, k)); }\n"
FRESH = "static PyObject *made(PyObject *s, PyObject *k) { PyObject *d = PyDict_New(); return find(d, k); }\n"
LOCKED = """\
static PyObject *locked(PyObject *s, PyObject *k) {
    PyObject *r;
    Py_BEGIN_CRITICAL_SECTION(s);
    r = find(s, k);
    Py_END_CRITICAL_SECTION();
    return r;
}
"""

SILENT = [
    ("every caller made the dict", HELPER + FRESH),
    ("one caller made the dict, another locked it", HELPER + FRESH + LOCKED),
    ("the dict of keyword arguments, by its role", """\
static int init(PyObject *self, PyObject *args, PyObject *options) { return use(PyDict_GetItem(options, args)); }
static PyType_Slot slots[] = {{Py_tp_init, init}, {0, NULL}};
"""),
    ("a field under the lock of its owner, by another name", """\
static PyObject *get(PyObject *op, PyObject *k) {
    Shelf *self = (Shelf *)op;
    PyObject *r;
    Py_BEGIN_CRITICAL_SECTION(op);
    r = Py_XNewRef(PyDict_GetItem(self->d, k));
    Py_END_CRITICAL_SECTION();
    return r;
}
"""),
    ("the owner locks itself before it hands itself to a helper", """\
static PyObject *find(Shelf *self, PyObject *k) { return Py_XNewRef(PyDict_GetItem(self->d, k)); }
static PyObject *get(Shelf *self, PyObject *k) {
    PyObject *r;
    Py_BEGIN_CRITICAL_SECTION(self);
    r = find(self, k);
    Py_END_CRITICAL_SECTION();
    return r;
}
"""),
    ("an object that is being destroyed", """\
static void dealloc(Shelf *self) { use(PyDict_GetItem(self->d, key)); }
static PyType_Slot slots[] = {{Py_tp_dealloc, dealloc}, {0, NULL}};
"""),
    ("a result that is only tested", """\
static int has(PyObject *d, PyObject *k) {
    if (!PyDict_GetItem(d, k) || (PyDict_GetItem(d, k)) == Py_None)
        return 0;
    return PyDict_GetItem(d, k) != NULL;
}
"""),
]  # fmt: skip

REPORTED = [
    ("one caller shares the dict", HELPER + FRESH + "static PyObject *any(PyObject *s, PyObject *k) { return find(s, k); }\n"),
    ("the helper keeps the dict first", """\
static PyObject *kept;
static PyObject *find(PyObject *d, PyObject *k) { kept = d; return Py_XNewRef(PyDict_GetItem(d, k)); }
""" + FRESH),
    ("the helper takes another dict", """\
static PyObject *find(PyObject *d, PyObject *k) { d = shared; return Py_XNewRef(PyDict_GetItem(d, k)); }
""" + FRESH),
    ("a macro calls the helper too", "#define FIND(d) find(d, key)\n" + HELPER + FRESH),
    ("the helper's address is taken", HELPER + FRESH + "static callback c = find;\n"),
    ("the helper is not static", HELPER.removeprefix("static ") + FRESH),
    ("keyword arguments that are replaced", "int f(Obj *s, PyObject *kwargs) { kwargs = s->d; return use(PyDict_GetItem(kwargs, k)); }\n"),
    ("a lock on the owner of the owner", """\
static PyObject *find(Shelf *self, PyObject *k) { return Py_XNewRef(PyDict_GetItem(self->child->d, k)); }
static PyObject *get(Shelf *self, PyObject *k) {
    PyObject *r;
    Py_BEGIN_CRITICAL_SECTION(self);
    r = find(self, k);
    Py_END_CRITICAL_SECTION();
    return r;
}
"""),
    ("a test by a function, which gets the reference", "int f(PyObject *d) { if (check(PyDict_GetItem(d, k))) return 1; return 0; }\n"),
    ("helpers that call each other", """\
static PyObject *a(PyObject *d, PyObject *k) { return b(d, k); }
static PyObject *b(PyObject *d, PyObject *k) { a(d, k); return Py_XNewRef(PyDict_GetItem(d, k)); }
"""),
]  # fmt: skip


def findings(code: str) -> int:
    """How many dict items are borrowed from what others can reach."""
    project = Project("example", None, (Source("example.c", code.encode(), Language.C),))
    return len(audit(project, [borrowed_dict_item.rule]).findings)


@pytest.mark.parametrize("code", [pytest.param(code, id=title) for title, code in SILENT])
def test_what_nobody_else_can_reach_is_not_reported(code: str) -> None:
    """A container that is private or locked on every way to the call has no finding."""
    assert findings(code) == 0


@pytest.mark.parametrize("code", [pytest.param(code, id=title) for title, code in REPORTED])
def test_what_another_thread_may_reach_is_reported(code: str) -> None:
    """One way on which the container is shared is enough for a finding."""
    assert findings(code) == 1


def test_many_callers_of_many_callers_are_asked_once_each() -> None:
    """Helpers that are called a hundred times by helpers that are called a hundred times cost what their calls cost."""
    code = HELPER
    for caller, callee in (("g", "find"), ("h", "g"), ("i", "h"), ("j", "i")):
        code += f"static PyObject *{caller}(PyObject *d, PyObject *k) {{ {f'{callee}(d, k); ' * 60}}}\n"
    assert findings(code + FRESH) == 1
