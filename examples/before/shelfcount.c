/* shelfcount: what lies on a shelf, what was moved last, and what it is all worth. */
#include <Python.h>

#include <stddef.h>

#ifndef Py_BEGIN_CRITICAL_SECTION /* Python 3.12 */
#define Py_BEGIN_CRITICAL_SECTION(object) {
#define Py_END_CRITICAL_SECTION() }
#endif

static PyObject* Decimal; /* decimal.Decimal, imported when first needed */

/* clang-format off */
typedef struct {
    PyObject_HEAD
    PyObject* stock;   /* dict: item -> units */
    PyObject* journal; /* list: the item of each move, the last one at the end */
    Py_ssize_t units;  /* the sum of stock */
} Shelf;
/* clang-format on */

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

static PyObject* Shelf_new(PyTypeObject* type, PyObject* args, PyObject* kwargs) {
    static char* names[] = {NULL};
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, ":Shelf", names)) {
        return NULL;
    }
    Shelf* self = (Shelf*)type->tp_alloc(type, 0);
    if (self == NULL) {
        return NULL;
    }
    self->stock = PyDict_New();
    self->journal = PyList_New(0);
    if (self->stock == NULL || self->journal == NULL) {
        Py_DECREF(self);
        return NULL;
    }
    return (PyObject*)self;
}

static void Shelf_dealloc(PyObject* op) {
    Shelf* self = (Shelf*)op;
    Py_XDECREF(self->stock);
    Py_XDECREF(self->journal);
    Py_TYPE(op)->tp_free(op);
}

/* The units of an item, or -1 with an exception set. */
static Py_ssize_t units_of(Shelf* self, PyObject* item) {
    if (!PyUnicode_CheckExact(item)) { /* to look a subclass up can run Python code */
        PyErr_Format(PyExc_TypeError, "item must be a str, not %.100s", Py_TYPE(item)->tp_name);
        return -1;
    }
    PyObject* count = PyDict_GetItemWithError(self->stock, item);
    if (count == NULL) {
        return PyErr_Occurred() ? -1 : 0;
    }
    return PyLong_AsSsize_t(count);
}

/* Put units on the shelf, or take them off if less than 0. Returns 0, or -1 with an exception set. */
static int move(Shelf* self, PyObject* item, Py_ssize_t units) {
    Py_ssize_t held = units_of(self, item);
    if (held < 0) {
        return -1;
    }
    if (units > PY_SSIZE_T_MAX - self->units) {
        PyErr_SetString(PyExc_OverflowError, "too many units for one shelf");
        return -1;
    }
    if (held + units < 0) {
        PyErr_Format(PyExc_ValueError, "cannot move %zd of %R: the shelf has %zd", units, item, held);
        return -1;
    }
    PyObject* count = PyLong_FromSsize_t(held + units);
    if (count == NULL) {
        return -1;
    }
    int failed = PyDict_SetItem(self->stock, item, count);
    Py_DECREF(count);
    if (failed) {
        return -1;
    }
    self->units += units;
    return PyList_Append(self->journal, item);
}

static PyObject* Shelf_move(PyObject* op, PyObject* args) {
    Shelf* self = (Shelf*)op;
    PyObject* item;
    Py_ssize_t units = 1;
    if (!PyArg_ParseTuple(args, "O|n:move", &item, &units)) {
        return NULL;
    }
    return move(self, item, units) < 0 ? NULL : Py_NewRef(Py_None);
}

static PyObject* Shelf_discard(PyObject* op, PyObject* item) {
    Shelf* self = (Shelf*)op;
    Py_ssize_t units;
    Py_BEGIN_CRITICAL_SECTION(self);
    units = units_of(self, item);
    if (units < 0 || PyDict_DelItem(self->stock, item) < 0) {
        return NULL;
    }
    self->units -= units;
    Py_END_CRITICAL_SECTION();
    return PyLong_FromSsize_t(units);
}

static PyObject* Shelf_count(PyObject* op, PyObject* item) {
    Shelf* self = (Shelf*)op;
    Py_ssize_t units = units_of(self, item);
    return units < 0 ? NULL : PyLong_FromSsize_t(units);
}

static PyObject* Shelf_last(PyObject* op, PyObject* Py_UNUSED(ignored)) {
    Shelf* self = (Shelf*)op;
    Py_ssize_t moves = PyList_GET_SIZE(self->journal);
    if (moves == 0) {
        Py_RETURN_NONE;
    }
    return Py_NewRef(PyList_GET_ITEM(self->journal, moves - 1));
}

static PyObject* Shelf_forget(PyObject* op, PyObject* Py_UNUSED(ignored)) {
    Shelf* self = (Shelf*)op;
    int failed = PyList_SetSlice(self->journal, 0, PY_SSIZE_T_MAX, NULL);
    return failed ? NULL : Py_NewRef(Py_None);
}

static PyObject* Shelf_largest(PyObject* op, PyObject* Py_UNUSED(ignored)) {
    Shelf* self = (Shelf*)op;
    PyObject *item, *count, *largest = Py_None;
    Py_ssize_t most = 0, position = 0;
    while (PyDict_Next(self->stock, &position, &item, &count)) {
        Py_ssize_t units = PyLong_AsSsize_t(count);
        if (units > most) {
            most = units;
            largest = item;
        }
    }
    return Py_NewRef(largest);
}

static PyObject* Shelf_worth(PyObject* op, PyObject* price) {
    Shelf* self = (Shelf*)op;
    PyObject* type = decimal_type();
    if (type == NULL) {
        return NULL;
    }
    PyObject* each = PyObject_CallOneArg(type, price);
    if (each == NULL) {
        return NULL;
    }
    PyObject* units = PyLong_FromSsize_t(self->units);
    PyObject* worth = units ? PyNumber_Multiply(units, each) : NULL;
    Py_XDECREF(units);
    Py_DECREF(each);
    return worth;
}

static PyMethodDef Shelf_methods[] = {
    {"move", Shelf_move, METH_VARARGS,
     "move($self, item, units=1, /)\n--\n\nAdd units, or take them off if below 0; ValueError if too few."},
    {"discard", Shelf_discard, METH_O,
     "discard($self, item, /)\n--\n\nTake an item off the shelf and return its units; KeyError if it was never there."},
    {"count", Shelf_count, METH_O, "count($self, item, /)\n--\n\nReturn how many units of an item are on the shelf."},
    {"last", Shelf_last, METH_NOARGS, "last($self, /)\n--\n\nReturn the item that was moved last, or None."},
    {"forget", Shelf_forget, METH_NOARGS, "forget($self, /)\n--\n\nEmpty the journal, not the shelf."},
    {"largest", Shelf_largest, METH_NOARGS, "largest($self, /)\n--\n\nReturn the item with the most units, or None."},
    {"worth", Shelf_worth, METH_O, "worth($self, price, /)\n--\n\nReturn all units times price, a decimal.Decimal."},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef Shelf_members[] = {
    {"units", Py_T_PYSSIZET, offsetof(Shelf, units), Py_READONLY, "How many units are on the shelf."},
    {NULL, 0, 0, 0, NULL},
};

static PyTypeObject Shelf_type = {
    .ob_base = {PyObject_HEAD_INIT(NULL) 0},
    .tp_name = "shelfcount.Shelf",
    .tp_doc = "Shelf()\n--\n\nA shelf, empty at first.",
    .tp_basicsize = sizeof(Shelf),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_new = Shelf_new,
    .tp_dealloc = Shelf_dealloc,
    .tp_methods = Shelf_methods,
    .tp_members = Shelf_members,
};

static struct PyModuleDef module_def = {
    PyModuleDef_HEAD_INIT,
    .m_name = "shelfcount",
    .m_doc = "What lies on a shelf, what was moved last, and what it is all worth.",
    .m_size = -1,
};

PyMODINIT_FUNC PyInit_shelfcount(void) {
    PyObject* module = PyModule_Create(&module_def);
    if (module == NULL) {
        return NULL;
    }
    if (PyModule_AddType(module, &Shelf_type) < 0) {
        Py_DECREF(module);
        return NULL;
    }
    return module;
}
