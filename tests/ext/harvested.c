// An extension that is harvested and introspected: one member of each kind, and functions that must not be run beside
// others. Box is a container with weak references, Cursor its iterator, which no module exports; Tag allows neither
// weak references nor subclasses.
#include <Python.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <structmember.h>

// ---- Box and Cursor

typedef struct {
    PyObject_HEAD PyObject* items;
    int limit;
    PyObject* weak;
} Box;

typedef struct {
    PyObject_HEAD Box* box;
    Py_ssize_t next;
} Cursor;

static PyTypeObject* cursor_type;

static int box_init(PyObject* self, PyObject* args, PyObject* kwargs) {
    static char* names[] = {"items", "limit", NULL};
    PyObject* items = NULL;
    int limit = 100;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|Oi", names, &items, &limit)) {
        return -1;
    }
    PyObject* list = items ? PySequence_List(items) : PyList_New(0);
    if (list == NULL) {
        return -1;
    }
    Py_XSETREF(((Box*)self)->items, list);
    ((Box*)self)->limit = limit;
    return 0;
}

static int box_traverse(PyObject* self, visitproc visit, void* arg) {
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(((Box*)self)->items);
    return 0;
}

static int box_clear(PyObject* self) {
    Py_CLEAR(((Box*)self)->items);
    return 0;
}

static void box_dealloc(PyObject* self) {
    PyTypeObject* type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    if (((Box*)self)->weak != NULL) {
        PyObject_ClearWeakRefs(self);
    }
    box_clear(self);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyObject* box_put(PyObject* self, PyObject* item) {
    if (PyList_Size(((Box*)self)->items) >= ((Box*)self)->limit) {
        PyErr_SetString(PyExc_OverflowError, "the box is full");
        return NULL;
    }
    if (PyList_Append(((Box*)self)->items, item) != 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject* box_extend(PyObject* self, PyObject* other) {
    PyObject* list = PySequence_List(other);
    if (list == NULL) {
        return NULL;
    }
    Py_ssize_t end = PyList_Size(((Box*)self)->items);
    int failed = PyList_SetSlice(((Box*)self)->items, end, end, list);
    Py_DECREF(list);
    if (failed) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject* box_copy(PyObject* self, PyObject* unused) {
    (void)unused;
    return PyObject_CallOneArg((PyObject*)Py_TYPE(self), ((Box*)self)->items);
}

static PyObject* box_stall(PyObject* self, PyObject* unused) {
    (void)self, (void)unused;
    Py_BEGIN_ALLOW_THREADS;
    for (volatile int stalled = 1; stalled;) {
    }
    Py_END_ALLOW_THREADS;
    Py_RETURN_NONE;
}

static PyObject* box_of(PyObject* type, PyObject* items) {
    return PyObject_CallOneArg(type, items);
}

static Py_ssize_t box_length(PyObject* self) {
    return PyList_Size(((Box*)self)->items);
}

static int box_contains(PyObject* self, PyObject* item) {
    return PySequence_Contains(((Box*)self)->items, item);
}

static PyObject* box_get(PyObject* self, PyObject* key) {
    return PyObject_GetItem(((Box*)self)->items, key);
}

static int box_set(PyObject* self, PyObject* key, PyObject* value) {
    PyObject* items = ((Box*)self)->items;
    return value ? PyObject_SetItem(items, key, value) : PyObject_DelItem(items, key);
}

static PyObject* box_add(PyObject* left, PyObject* right) {
    PyObject* lists[2] = {PySequence_List(left), PySequence_List(right)};
    PyObject* sum = lists[0] && lists[1] ? PySequence_Concat(lists[0], lists[1]) : NULL;
    Py_XDECREF(lists[0]);
    Py_XDECREF(lists[1]);
    return sum;
}

static PyObject* box_compare(PyObject* self, PyObject* other, int operation) {
    PyObject* list = PySequence_List(other);
    if (list == NULL) {
        PyErr_Clear();
        Py_RETURN_NOTIMPLEMENTED;
    }
    PyObject* result = PyObject_RichCompare(((Box*)self)->items, list, operation);
    Py_DECREF(list);
    return result;
}

static PyObject* box_repr(PyObject* self) {
    return PyUnicode_FromFormat("Box(%R)", ((Box*)self)->items);
}

static PyObject* box_iter(PyObject* self) {
    Cursor* cursor = PyObject_New(Cursor, cursor_type);
    if (cursor != NULL) {
        cursor->box = (Box*)Py_NewRef(self);
        cursor->next = 0;
    }
    return (PyObject*)cursor;
}

static PyObject* box_enter(PyObject* self, PyObject* unused) {
    (void)unused;
    return Py_NewRef(self);
}

static PyObject* box_exit(PyObject* self, PyObject* unused) {
    (void)self, (void)unused;
    Py_RETURN_NONE;
}

static PyMethodDef box_methods[] = {
    {"put", box_put, METH_O, "put($self, item, /)\n--\n\nPut one item in."},
    {"extend", box_extend, METH_O, "Put the items of another in."},
    {"copy", box_copy, METH_NOARGS, "copy() -> Box"},
    {"stall", box_stall, METH_NOARGS, "stall()\n\nDo not come back."},
    {"of", box_of, METH_O | METH_CLASS, "of(items)"},
    {"__enter__", box_enter, METH_NOARGS, NULL},
    {"__exit__", box_exit, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef box_members[] = {
    {"limit", Py_T_INT, offsetof(Box, limit), 0, NULL},
    {"__weaklistoffset__", Py_T_PYSSIZET, offsetof(Box, weak), Py_READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot box_slots[] = {
    {Py_tp_init, box_init},         {Py_tp_traverse, box_traverse}, {Py_tp_clear, box_clear},
    {Py_tp_dealloc, box_dealloc},   {Py_tp_methods, box_methods},   {Py_tp_members, box_members},
    {Py_tp_repr, box_repr},         {Py_tp_iter, box_iter},         {Py_tp_richcompare, box_compare},
    {Py_mp_length, box_length},     {Py_mp_subscript, box_get},     {Py_mp_ass_subscript, box_set},
    {Py_sq_contains, box_contains}, {Py_nb_add, box_add},           {0, NULL},
};

static PyType_Spec box_spec = {"harvested.Box", sizeof(Box), 0,
                               Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE, box_slots};

static void cursor_dealloc(PyObject* self) {
    PyTypeObject* type = Py_TYPE(self);
    Py_DECREF(((Cursor*)self)->box);
    PyObject_Free(self);
    Py_DECREF(type);
}

static PyObject* cursor_next(PyObject* self) {
    Cursor* cursor = (Cursor*)self;
    if (cursor->next >= PyList_Size(cursor->box->items)) {
        return NULL;
    }
    return Py_XNewRef(PyList_GetItem(cursor->box->items, cursor->next++));
}

static PyType_Slot cursor_slots[] = {
    {Py_tp_dealloc, cursor_dealloc}, {Py_tp_iter, PyObject_SelfIter}, {Py_tp_iternext, cursor_next}, {0, NULL}};

static PyType_Spec cursor_spec = {"harvested.Cursor", sizeof(Cursor), 0,
                                  Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, cursor_slots};

// ---- Tag: no weak references, no subclasses, and needs a Box to be made

typedef struct {
    PyObject_HEAD Py_ssize_t length;
} Tag;

static PyObject* tag_new(PyTypeObject* type, PyObject* args, PyObject* kwargs) {
    (void)kwargs;
    PyObject* box = NULL;
    if (!PyArg_ParseTuple(args, "O", &box)) {
        return NULL;
    }
    if (strcmp(Py_TYPE(box)->tp_name, "harvested.Box") != 0) {
        PyErr_SetString(PyExc_TypeError, "a tag is made for a box");
        return NULL;
    }
    Tag* self = (Tag*)type->tp_alloc(type, 0);
    if (self != NULL) {
        self->length = PyObject_Size(box);
    }
    return (PyObject*)self;
}

static PyObject* tag_length(PyObject* self, void* unused) {
    (void)unused;
    return PyLong_FromSsize_t(((Tag*)self)->length);
}

static PyGetSetDef tag_attributes[] = {{"length", tag_length, NULL, NULL, NULL}, {NULL, NULL, NULL, NULL, NULL}};

static PyType_Slot tag_slots[] = {{Py_tp_new, tag_new}, {Py_tp_getset, tag_attributes}, {0, NULL}};

static PyType_Spec tag_spec = {"harvested.Tag", sizeof(Tag), 0, Py_TPFLAGS_DEFAULT, tag_slots};

// ---- Functions

static PyObject* sum_of(PyObject* module, PyObject* args) {
    (void)module;
    long left = 0;
    long right = 0;
    return PyArg_ParseTuple(args, "ll", &left, &right) ? PyLong_FromLong(left + right) : NULL;
}

static PyObject* size_of(PyObject* module, PyObject* box) {
    (void)module;
    Py_ssize_t size = PyObject_Size(box);
    return size < 0 ? NULL : PyLong_FromSsize_t(size);
}

static PyObject* shout(PyObject* module, PyObject* unused) {
    (void)module, (void)unused;
    puts("SHOUTED");
    fflush(stdout);
    Py_RETURN_NONE;
}

static PyObject* leave(PyObject* module, PyObject* unused) {
    (void)module, (void)unused;
    _Exit(3);
}

static PyObject* fall(PyObject* module, PyObject* unused) {
    (void)module, (void)unused;
    raise(SIGSEGV);
    Py_RETURN_NONE;
}

static PyObject* warn(PyObject* module, PyObject* unused) {
    (void)module, (void)unused;
    return PyErr_WarnEx(PyExc_UserWarning, "warned", 1) == 0 ? Py_NewRef(Py_None) : NULL;
}

static PyMethodDef functions[] = {
    {"sum_of", sum_of, METH_VARARGS, "sum_of(left: int, right: int) -> int"},
    {"size_of", size_of, METH_O, "size_of($module, box, /)\n--\n\n"},
    {"shout", shout, METH_NOARGS, NULL},
    {"leave", leave, METH_NOARGS, NULL},
    {"fall", fall, METH_NOARGS, NULL},
    {"abort_all", leave, METH_VARARGS, NULL},
    {"warn", warn, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static int harvested_exec(PyObject* module) {
    PyType_Spec* specs[] = {&box_spec, &tag_spec};
    for (size_t index = 0; index < 2; ++index) {
        PyObject* type = PyType_FromModuleAndSpec(module, specs[index], NULL);
        int added = type ? PyModule_AddType(module, (PyTypeObject*)type) : -1;
        Py_XDECREF(type);
        if (added != 0) {
            return -1;
        }
    }
    cursor_type = (PyTypeObject*)PyType_FromModuleAndSpec(module, &cursor_spec, NULL);
    return cursor_type == NULL ? -1 : 0;
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, harvested_exec},
#ifdef Py_mod_gil
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, NULL},
};

static PyModuleDef definition = {PyModuleDef_HEAD_INIT, .m_name = "harvested", .m_methods = functions,
                                 .m_slots = slots};

PyMODINIT_FUNC PyInit_harvested(void) {
    return PyModuleDef_Init(&definition);
}
