"""The methods of a type hold a critical section on their object.

What it does
    Of every function that Python calls and that uses a field of the type which changes, the body becomes a function of
    its own, ``name_lock_held``; the function calls it in a critical section on the object, or on both where two objects
    of the type are among its arguments. On a GIL-enabled build the sections are empty.

What to look at
    Uses of the fields that are not in a function of the type's tables (``PyMemberDef``, other threads, callbacks) need
    the same lock, and code that Python calls from inside a method suspends it: what was read before is old then, and an
    object that was taken from a field and is still used needs a strong reference of its own.

What it leaves
    Functions whose head a macro makes or whose parameters have no names, and types of which three objects meet in one
    call.
"""

from __future__ import annotations

from ungil.fixer import Edit, Fixer, Left, Repair, Repaired, Site, Tree, Undecided
from ungil.rewrite.pen import Pen
from ungil.rewrite.sections.methods import exposure_at, methods_that_use
from ungil.rewrite.sections.wrappers import call_under_lock

_CHECK = (
    "every other use of the fields needs the same lock, and a method that runs Python code lets others in meanwhile: "
    "what it read before is old then, and an object that it has from a field needs a reference of its own"
)


def repair(site: Site) -> Repair:
    """A lock for all methods that share the field of the finding, and the other fields of its type."""
    type_name = exposure_at(site).type
    made = site.tree.once(("locked methods", type_name), lambda: _lock(site.tree, type_name))
    if isinstance(made, Undecided):
        raise Undecided(made.what)
    return made


def _lock(tree: Tree, type_name: str) -> Repair | Undecided:
    """One repair, or one reason, for all findings of a type."""
    methods = methods_that_use(tree, type_name)
    if not methods:
        return Undecided(f"no function that Python calls was seen to get a '{type_name}': lock it where it is used")
    pens: dict[str, Pen] = {}
    try:
        for method in methods:
            pen = pens.setdefault(method.path, Pen(method.path, tree.unit(method.path)))
            call_under_lock(pen, method.function, method.objects)
        edits: list[Edit] = [edit for pen in pens.values() for edit in pen.edits]
    except Undecided as undecided:
        return undecided
    both = {len(method.objects) > 1 for method in methods}
    needs = {f"Py_BEGIN_CRITICAL_SECTION{'2' if two else ''}" for two in both}
    return Repair(edits=tuple(edits), needs=frozenset(needs))


fixer = Fixer(
    slug="locked-methods",
    codes=frozenset(
        {"UG210", "UG211", "UG212", "UG213", "UG214", "UG215", "UG216", "UG217", "UG218", "UG240", "UG241"}
    ),
    repair=repair,
    check=_CHECK,
    doc=__doc__,
    examples=(
        Repaired(
            "a counter that two methods change and one reads",
            """\
#include <Python.h>

typedef struct {
    PyObject_HEAD
    long hits;
} Shelf;

static PyObject *
hit(Shelf *self, PyObject *Py_UNUSED(ignored))
{
    self->hits++;
    Py_RETURN_NONE;
}

static PyObject *
add(PyObject *op, PyObject *args)
{
    Shelf *self = (Shelf *)op;
    long more;
    if (!PyArg_ParseTuple(args, "l", &more))
        return NULL;
    self->hits += more;
    Py_RETURN_NONE;
}

static PyObject *
get_hits(PyObject *self, void *Py_UNUSED(closure))
{
    return PyLong_FromLong(((Shelf *)self)->hits);
}

static PyMethodDef methods[] = {
    {"hit", (PyCFunction)(void (*)(void))hit, METH_NOARGS, NULL},
    {"add", add, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef getset[] = {{"hits", get_hits, NULL, NULL, NULL}, {NULL, NULL, NULL, NULL, NULL}};

PyType_Slot slots[] = {{Py_tp_methods, methods}, {Py_tp_getset, getset}, {0, NULL}};
""",
            """\
#include <Python.h>

typedef struct {
    PyObject_HEAD
    long hits;
} Shelf;

static PyObject *
hit_lock_held(Shelf *self, PyObject *Py_UNUSED(ignored))
{
    self->hits++;
    Py_RETURN_NONE;
}

static PyObject *
hit(Shelf *self, PyObject *ignored)
{
    PyObject *result;
    Py_BEGIN_CRITICAL_SECTION(self);
    result = hit_lock_held(self, ignored);
    Py_END_CRITICAL_SECTION();
    return result;
}

static PyObject *
add_lock_held(PyObject *op, PyObject *args)
{
    Shelf *self = (Shelf *)op;
    long more;
    if (!PyArg_ParseTuple(args, "l", &more))
        return NULL;
    self->hits += more;
    Py_RETURN_NONE;
}

static PyObject *
add(PyObject *op, PyObject *args)
{
    PyObject *result;
    Py_BEGIN_CRITICAL_SECTION(op);
    result = add_lock_held(op, args);
    Py_END_CRITICAL_SECTION();
    return result;
}

static PyObject *
get_hits_lock_held(PyObject *self, void *Py_UNUSED(closure))
{
    return PyLong_FromLong(((Shelf *)self)->hits);
}

static PyObject *
get_hits(PyObject *self, void *closure)
{
    PyObject *result;
    Py_BEGIN_CRITICAL_SECTION(self);
    result = get_hits_lock_held(self, closure);
    Py_END_CRITICAL_SECTION();
    return result;
}

static PyMethodDef methods[] = {
    {"hit", (PyCFunction)(void (*)(void))hit, METH_NOARGS, NULL},
    {"add", add, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef getset[] = {{"hits", get_hits, NULL, NULL, NULL}, {NULL, NULL, NULL, NULL, NULL}};

PyType_Slot slots[] = {{Py_tp_methods, methods}, {Py_tp_getset, getset}, {0, NULL}};
""",
        ),
        Repaired(
            "a slot that gets two objects of the type",
            """\
#include <Python.h>

typedef struct {
    PyObject_HEAD
    PyObject *label;
} Shelf;

static PyObject *
take_label(PyObject *op, PyObject *other)
{
    Shelf *self = (Shelf *)op;
    Shelf *from = (Shelf *)other;
    Py_XSETREF(self->label, Py_XNewRef(from->label));
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {{"take_label", take_label, METH_O, NULL}, {NULL, NULL, 0, NULL}};

PyType_Slot slots[] = {{Py_tp_methods, methods}, {0, NULL}};
""",
            """\
#include <Python.h>

typedef struct {
    PyObject_HEAD
    PyObject *label;
} Shelf;

static PyObject *
take_label_lock_held(PyObject *op, PyObject *other)
{
    Shelf *self = (Shelf *)op;
    Shelf *from = (Shelf *)other;
    Py_XSETREF(self->label, Py_XNewRef(from->label));
    Py_RETURN_NONE;
}

static PyObject *
take_label(PyObject *op, PyObject *other)
{
    PyObject *result;
    Py_BEGIN_CRITICAL_SECTION2(op, other);
    result = take_label_lock_held(op, other);
    Py_END_CRITICAL_SECTION2();
    return result;
}

static PyMethodDef methods[] = {{"take_label", take_label, METH_O, NULL}, {NULL, NULL, 0, NULL}};

PyType_Slot slots[] = {{Py_tp_methods, methods}, {0, NULL}};
""",
        ),
        Repaired(
            "an iterator of which a helper advances the index",
            """\
#include <Python.h>

typedef struct {
    PyObject_HEAD
    PyObject *source;
    Py_ssize_t index;
} Items;

static PyObject *
advance(Items *self)
{
    return PySequence_GetItem(self->source, self->index++);
}

static PyObject *
next_item(PyObject *self)
{
    return advance((Items *)self);
}

PyType_Slot slots[] = {{Py_tp_iternext, next_item}, {0, NULL}};
""",
            """\
#include <Python.h>

typedef struct {
    PyObject_HEAD
    PyObject *source;
    Py_ssize_t index;
} Items;

static PyObject *
advance(Items *self)
{
    return PySequence_GetItem(self->source, self->index++);
}

static PyObject *
next_item_lock_held(PyObject *self)
{
    return advance((Items *)self);
}

static PyObject *
next_item(PyObject *self)
{
    PyObject *result;
    Py_BEGIN_CRITICAL_SECTION(self);
    result = next_item_lock_held(self);
    Py_END_CRITICAL_SECTION();
    return result;
}

PyType_Slot slots[] = {{Py_tp_iternext, next_item}, {0, NULL}};
""",
        ),
        Left(
            "a parameter without a name",
            """\
#include <Python.h>

struct Shelf {
    PyObject_HEAD
    long hits;
};

static PyObject *
hit(Shelf *self, PyObject *)
{
    self->hits++;
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {{"hit", (PyCFunction)hit, METH_NOARGS, NULL}, {NULL, NULL, 0, NULL}};

PyType_Slot slots[] = {{Py_tp_methods, methods}, {0, NULL}};
""",
            "has no name",
            path="example.cpp",
        ),
    ),
)
