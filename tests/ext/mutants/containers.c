// Objects that hold a list or a dictionary, and what they read from it.
#include "mutant.h"

typedef struct {
    PyObject_HEAD PyObject* items; // a list or a dictionary, whose values nobody else holds
    Py_ssize_t position;
} Container;

// A fresh object each time, which dies with the last reference to it.
static PyObject* item(const char* name, long number) {
    return PyBytes_FromFormat("%s-%ld", name, number);
}

// Puts a fresh item where another one was; the caller's reference is all that is left of neither.
static int put(PyObject* items, long key, PyObject* value) {
    if (value == NULL) {
        return -1;
    }
    if (PyList_CheckExact(items)) {
        return PyList_SetItem(items, key, value);
    }
    PyObject* number = PyLong_FromLong(key);
    int done = number ? PyDict_SetItem(items, number, value) : -1;
    Py_XDECREF(number);
    Py_DECREF(value);
    return done;
}

static PyObject* container_new(PyTypeObject* type, PyObject* items) {
    PyObject* self = items ? type->tp_alloc(type, 0) : NULL;
    if (self == NULL) {
        Py_XDECREF(items);
        return NULL;
    }
    ((Container*)self)->items = items;
    return self;
}

static PyObject* list_new(PyTypeObject* type, PyObject* args, PyObject* kwargs) {
    (void)args, (void)kwargs;
    return container_new(type, Py_BuildValue("[NNN]", item("item", 0), item("item", 1), item("item", 2)));
}

static PyObject* dict_new(PyTypeObject* type, PyObject* args, PyObject* kwargs) {
    (void)args, (void)kwargs;
    return container_new(
        type, Py_BuildValue("{iN,iN,iN}", 0, item("item", 0), 1, item("another item", 1), 2, item("the last item", 2)));
}

static void container_dealloc(PyObject* self) {
    PyTypeObject* type = Py_TYPE(self);
    Py_XDECREF(((Container*)self)->items);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyObject* container_set(PyObject* self, PyObject* argument) {
    long number;
    if (!as_long(argument, &number) || put(((Container*)self)->items, 1, item("fresh", number)) != 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

// ---- BorrowedList: borrows the item that it returns. Who replaces it before the reference is taken frees it.

static PyObject* borrowed_list_get(PyObject* self, PyObject* unused) {
    (void)unused;
#ifdef TWIN
    return PyList_GetItemRef(((Container*)self)->items, 1);
#else
    PyObject* borrowed = PyList_GetItem(((Container*)self)->items, 1);
    WINDOW(1);
    return Py_XNewRef(borrowed);
#endif
}

static PyMethodDef borrowed_list_methods[] = {
    {"get", borrowed_list_get, METH_NOARGS, NULL},
    {"set", container_set, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

// ---- BorrowedDict: the same of a dictionary.

static PyObject* borrowed_dict_get(PyObject* self, PyObject* unused) {
    (void)unused;
    PyObject* key = PyLong_FromLong(1);
    if (key == NULL) {
        return NULL;
    }
    PyObject* value;
#ifdef TWIN
    int found = PyDict_GetItemRef(((Container*)self)->items, key, &value);
#else
    value = PyDict_GetItemWithError(((Container*)self)->items, key);
    WINDOW(1);
    Py_XINCREF(value);
    int found = value ? 1 : PyErr_Occurred() ? -1 : 0;
#endif
    if (found == 0) {
        PyErr_SetObject(PyExc_KeyError, key);
    }
    Py_DECREF(key);
    return value;
}

static PyMethodDef borrowed_dict_methods[] = {
    {"get", borrowed_dict_get, METH_NOARGS, NULL},
    {"set", container_set, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

// ---- DictNext: walks a dictionary that others may change. Who clears it between two steps, or between a step and the
// use of what it gave, leaves half a sum or frees the value.

static PyObject* dict_next_total(PyObject* self, PyObject* unused) {
    (void)unused;
    PyObject *items = ((Container*)self)->items, *key, *value;
    Py_ssize_t position = 0, total = 0;
    LOCK(items);
    while (PyDict_Next(items, &position, &key, &value)) {
        WINDOW(1);
        total += PyBytes_GET_SIZE(value);
    }
    UNLOCK();
    return PyLong_FromSsize_t(total);
}

static PyObject* dict_next_clear(PyObject* self, PyObject* unused) {
    (void)unused;
    PyDict_Clear(((Container*)self)->items);
    Py_RETURN_NONE;
}

static PyMethodDef dict_next_methods[] = {
    {"total", dict_next_total, METH_NOARGS, NULL},
    {"clear", dict_next_clear, METH_NOARGS, NULL},
    {"set", container_set, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

// ---- SharedIterator: two threads that load the position before either stores the next get the same item.

static PyObject* shared_iterator_next(PyObject* self) {
    Container* iterator = (Container*)self;
    PyObject* result = NULL;
    LOCK(self);
    Py_ssize_t position = READ(iterator->position);
    if (position < PyList_GET_SIZE(iterator->items)) {
        WINDOW(1);
        result = PyList_GetItemRef(iterator->items, position);
        WRITE(iterator->position, position + 1);
    }
    UNLOCK();
    return result;
}

// ---- The module.

static PyType_Slot borrowed_list_slots[] = {
    {Py_tp_new, list_new},
    {Py_tp_dealloc, container_dealloc},
    {Py_tp_methods, borrowed_list_methods},
    {0, NULL},
};

static PyType_Slot borrowed_dict_slots[] = {
    {Py_tp_new, dict_new},
    {Py_tp_dealloc, container_dealloc},
    {Py_tp_methods, borrowed_dict_methods},
    {0, NULL},
};

static PyType_Slot dict_next_slots[] = {
    {Py_tp_new, dict_new},
    {Py_tp_dealloc, container_dealloc},
    {Py_tp_methods, dict_next_methods},
    {0, NULL},
};

static PyType_Slot shared_iterator_slots[] = {
    {Py_tp_new, list_new},
    {Py_tp_dealloc, container_dealloc},
    {Py_tp_iter, PyObject_SelfIter},
    {Py_tp_iternext, shared_iterator_next},
    {0, NULL},
};

#define CONTAINER(name, prefix)                                                                                        \
    static PyType_Spec prefix##_spec = {"containers." name, sizeof(Container), 0, Py_TPFLAGS_DEFAULT, prefix##_slots}

CONTAINER("BorrowedList", borrowed_list);
CONTAINER("BorrowedDict", borrowed_dict);
CONTAINER("DictNext", dict_next);
CONTAINER("SharedIterator", shared_iterator);

RACY_MODULE(containers, &borrowed_list_spec, &borrowed_dict_spec, &dict_next_spec, &shared_iterator_spec)
