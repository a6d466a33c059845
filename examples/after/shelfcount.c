/* shelfcount: what lies on a shelf, what was moved last, and what it is all worth. */
#include <Python.h>

#if PY_VERSION_HEX < 0x030D0000 /* Python 3.12 always holds the GIL, and has none of these. */
#define Py_BEGIN_CRITICAL_SECTION(object) {
#define Py_END_CRITICAL_SECTION() }
static inline int PyDict_GetItemRef(PyObject* dict, PyObject* key, PyObject** result) {
    *result = Py_XNewRef(PyDict_GetItemWithError(dict, key));
    return *result ? 1 : PyErr_Occurred() ? -1 : 0;
}
static inline PyObject* PyList_GetItemRef(PyObject* list, Py_ssize_t index) {
    return Py_XNewRef(PyList_GetItem(list, index));
}
#endif

typedef struct {
    PyObject* Decimal; /* decimal.Decimal */
} State;

/* The shelf's own lock guards all three fields. stock and journal never leave the shelf, so nobody else can hold their
   locks; and no call made under the lock runs Python code. So nothing suspends a critical section half-way. */
/* clang-format off */
typedef struct {
    PyObject_HEAD
    PyObject* stock;   /* dict: item -> units */
    PyObject* journal; /* list: the item of each move, the last one at the end */
    Py_ssize_t units;  /* the sum of stock */
} Shelf;
/* clang-format on */

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

/* A heap type is owned by its instances; stock and journal hold only strings and integers, which form no cycle. */
static int Shelf_traverse(PyObject* op, visitproc visit, void* arg) {
    Py_VISIT(Py_TYPE(op));
    return 0;
}

static void Shelf_dealloc(PyObject* op) {
    Shelf* self = (Shelf*)op;
    PyTypeObject* type = Py_TYPE(op);
    PyObject_GC_UnTrack(op);
    Py_XDECREF(self->stock);
    Py_XDECREF(self->journal);
    type->tp_free(op);
    Py_DECREF(type);
}

/* The units of an item, or -1 with an exception set. */
static Py_ssize_t units_of_lock_held(Shelf* self, PyObject* item) {
    if (!PyUnicode_CheckExact(item)) { /* to look a subclass up can run Python code */
        PyErr_Format(PyExc_TypeError, "item must be a str, not %.100s", Py_TYPE(item)->tp_name);
        return -1;
    }
    PyObject* count;
    int found = PyDict_GetItemRef(self->stock, item, &count);
    if (found <= 0) {
        return found;
    }
    Py_ssize_t units = PyLong_AsSsize_t(count);
    Py_DECREF(count);
    return units;
}

/* Put units on the shelf, or take them off if less than 0. Returns 0, or -1 with an exception set. */
static int move_lock_held(Shelf* self, PyObject* item, Py_ssize_t units) {
    Py_ssize_t held = units_of_lock_held(self, item);
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
    int failed;
    Py_BEGIN_CRITICAL_SECTION(self);
    failed = move_lock_held(self, item, units);
    Py_END_CRITICAL_SECTION();
    return failed ? NULL : Py_NewRef(Py_None);
}

/* Take all units of an item off the shelf. Returns how many, or -1 with an exception set. */
static Py_ssize_t discard_lock_held(Shelf* self, PyObject* item) {
    Py_ssize_t units = units_of_lock_held(self, item);
    if (units < 0 || PyDict_DelItem(self->stock, item) < 0) {
        return -1;
    }
    self->units -= units;
    return units;
}

static PyObject* Shelf_discard(PyObject* op, PyObject* item) {
    Shelf* self = (Shelf*)op;
    Py_ssize_t units;
    Py_BEGIN_CRITICAL_SECTION(self);
    units = discard_lock_held(self, item);
    Py_END_CRITICAL_SECTION();
    return units < 0 ? NULL : PyLong_FromSsize_t(units);
}

static PyObject* Shelf_count(PyObject* op, PyObject* item) {
    Shelf* self = (Shelf*)op;
    Py_ssize_t units;
    Py_BEGIN_CRITICAL_SECTION(self);
    units = units_of_lock_held(self, item);
    Py_END_CRITICAL_SECTION();
    return units < 0 ? NULL : PyLong_FromSsize_t(units);
}

static PyObject* Shelf_last(PyObject* op, PyObject* Py_UNUSED(ignored)) {
    Shelf* self = (Shelf*)op;
    PyObject* item;
    Py_BEGIN_CRITICAL_SECTION(self);
    Py_ssize_t moves = PyList_GET_SIZE(self->journal);
    item = moves == 0 ? Py_NewRef(Py_None) : PyList_GetItemRef(self->journal, moves - 1);
    Py_END_CRITICAL_SECTION();
    return item;
}

static PyObject* Shelf_forget(PyObject* op, PyObject* Py_UNUSED(ignored)) {
    Shelf* self = (Shelf*)op;
    int failed;
    Py_BEGIN_CRITICAL_SECTION(self);
    failed = PyList_SetSlice(self->journal, 0, PY_SSIZE_T_MAX, NULL);
    Py_END_CRITICAL_SECTION();
    return failed ? NULL : Py_NewRef(Py_None);
}

static PyObject* Shelf_largest(PyObject* op, PyObject* Py_UNUSED(ignored)) {
    Shelf* self = (Shelf*)op;
    PyObject *item, *count, *largest = Py_None;
    Py_ssize_t most = 0, position = 0;
    Py_BEGIN_CRITICAL_SECTION(self);
    while (PyDict_Next(self->stock, &position, &item, &count)) {
        Py_ssize_t units = PyLong_AsSsize_t(count);
        if (units > most) {
            most = units;
            largest = item;
        }
    }
    Py_INCREF(largest);
    Py_END_CRITICAL_SECTION();
    return largest;
}

static PyObject* Shelf_units(PyObject* op, void* Py_UNUSED(closure)) {
    Shelf* self = (Shelf*)op;
    Py_ssize_t units;
    Py_BEGIN_CRITICAL_SECTION(self);
    units = self->units;
    Py_END_CRITICAL_SECTION();
    return PyLong_FromSsize_t(units);
}

static PyObject* Shelf_worth(PyObject* op, PyObject* price) {
    State* state = PyType_GetModuleState(Py_TYPE(op));
    PyObject* each = PyObject_CallOneArg(state->Decimal, price);
    if (each == NULL) {
        return NULL;
    }
    PyObject* units = Shelf_units(op, NULL);
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

static PyGetSetDef Shelf_getset[] = {
    {"units", Shelf_units, NULL, "How many units are on the shelf.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot Shelf_slots[] = {
    {Py_tp_doc, "Shelf()\n--\n\nA shelf, empty at first."},
    {Py_tp_new, Shelf_new},
    {Py_tp_traverse, Shelf_traverse},
    {Py_tp_dealloc, Shelf_dealloc},
    {Py_tp_methods, Shelf_methods},
    {Py_tp_getset, Shelf_getset},
    {0, NULL},
};

static PyType_Spec Shelf_spec = {
    .name = "shelfcount.Shelf",
    .basicsize = sizeof(Shelf),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = Shelf_slots,
};

static int module_exec(PyObject* module) {
    State* state = PyModule_GetState(module);
    PyObject* decimal = PyImport_ImportModule("decimal");
    if (decimal == NULL) {
        return -1;
    }
    state->Decimal = PyObject_GetAttrString(decimal, "Decimal");
    Py_DECREF(decimal);
    if (state->Decimal == NULL) {
        return -1;
    }
    PyObject* type = PyType_FromModuleAndSpec(module, &Shelf_spec, NULL);
    if (type == NULL) {
        return -1;
    }
    int failed = PyModule_AddType(module, (PyTypeObject*)type);
    Py_DECREF(type);
    return failed;
}

static int module_traverse(PyObject* module, visitproc visit, void* arg) {
    State* state = PyModule_GetState(module);
    Py_VISIT(state->Decimal);
    return 0;
}

static int module_clear(PyObject* module) {
    State* state = PyModule_GetState(module);
    Py_CLEAR(state->Decimal);
    return 0;
}

static void module_free(void* module) {
    module_clear(module);
}

static PyModuleDef_Slot module_slots[] = {
    {Py_mod_exec, module_exec},
#if PY_VERSION_HEX >= 0x030D0000
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, NULL},
};

static struct PyModuleDef module_def = {
    PyModuleDef_HEAD_INIT,
    .m_name = "shelfcount",
    .m_doc = "What lies on a shelf, what was moved last, and what it is all worth.",
    .m_size = sizeof(State),
    .m_slots = module_slots,
    .m_traverse = module_traverse,
    .m_clear = module_clear,
    .m_free = module_free,
};

PyMODINIT_FUNC PyInit_shelfcount(void) {
    return PyModuleDef_Init(&module_def);
}
