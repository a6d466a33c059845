// What goes wrong only among a reader, a writer and a cleaner, each in a thread of its own.
#include "mutant.h"

#include <stdatomic.h>

// ---- ReaderWriterCleaner: set() replaces a number and retires the old one; collect() frees what is retired, unless
// there is a reader. It looks for readers before it takes what is retired, and should look after that. A cleaner that has
// seen no reader stops; a reader loads the address and stops; a writer replaces and retires the number that the reader
// is about to read; the cleaner frees it.
//
// Two threads: what the cleaner frees too early was retired after it had looked, and loaded by a reader before that. The
// reader, in the middle of its call, cannot have retired it, nor can the cleaner. With a single stop, a collect() that
// runs to its end sees the stopped reader, and a get() that runs to its end needs nothing any more.

typedef struct Box {
    long value;
    struct Box* next;
} Box;

typedef struct {
    PyObject_HEAD _Atomic long readers;
    Box* _Atomic current;
    Box* _Atomic retired;
} ReaderWriterCleaner;

static Box* new_box(long value) {
    Box* box = PyMem_New(Box, 1);
    if (box == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    *box = (Box){value, NULL};
    return box;
}

static void free_boxes(Box* box) {
    while (box != NULL) {
        Box* next = box->next;
        PyMem_Free(box);
        box = next;
    }
}

static PyObject* three_roles_new(PyTypeObject* type, PyObject* args, PyObject* kwargs) {
    (void)args, (void)kwargs;
    PyObject* self = type->tp_alloc(type, 0);
    if (self != NULL && (((ReaderWriterCleaner*)self)->current = new_box(0)) == NULL) {
        Py_CLEAR(self);
    }
    return self;
}

static void three_roles_dealloc(PyObject* object) {
    ReaderWriterCleaner* self = (ReaderWriterCleaner*)object;
    PyTypeObject* type = Py_TYPE(object);
    free_boxes(self->retired);
    free_boxes(self->current);
    type->tp_free(object);
    Py_DECREF(type);
}

static PyObject* three_roles_get(PyObject* object, PyObject* unused) {
    (void)unused;
    ReaderWriterCleaner* self = (ReaderWriterCleaner*)object;
    long value;
    LOCK(object);
    atomic_fetch_add(&self->readers, 1);
    WINDOW(1);
    const Box* box = atomic_load(&self->current);
    WINDOW(2);
    value = READ(box->value);
    WINDOW(3);
    atomic_fetch_sub(&self->readers, 1);
    UNLOCK();
    return PyLong_FromLong(value);
}

static PyObject* three_roles_set(PyObject* object, PyObject* argument) {
    ReaderWriterCleaner* self = (ReaderWriterCleaner*)object;
    long value;
    Box* fresh;
    if (!as_long(argument, &value) || (fresh = new_box(value)) == NULL) {
        return NULL;
    }
    LOCK(object);
    Box* before = atomic_exchange(&self->current, fresh);
    WINDOW(4);
    before->next = atomic_load(&self->retired);
    do {
        WINDOW(5);
    } while (!atomic_compare_exchange_strong(&self->retired, &before->next, before));
    UNLOCK();
    Py_RETURN_NONE;
}

static PyObject* three_roles_collect(PyObject* object, PyObject* unused) {
    (void)unused;
    ReaderWriterCleaner* self = (ReaderWriterCleaner*)object;
    LOCK(object);
    if (atomic_load(&self->readers) == 0) {
        WINDOW(6);
        free_boxes(atomic_exchange(&self->retired, NULL));
    }
    UNLOCK();
    Py_RETURN_NONE;
}

static PyMethodDef three_roles_methods[] = {
    {"get", three_roles_get, METH_NOARGS, NULL},
    {"set", three_roles_set, METH_O, NULL},
    {"collect", three_roles_collect, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot three_roles_slots[] = {
    {Py_tp_new, three_roles_new},
    {Py_tp_dealloc, three_roles_dealloc},
    {Py_tp_methods, three_roles_methods},
    {0, NULL},
};

static PyType_Spec three_roles_spec = {"three_roles.ReaderWriterCleaner", sizeof(ReaderWriterCleaner), 0,
                                       Py_TPFLAGS_DEFAULT, three_roles_slots};

RACY_MODULE(three_roles, &three_roles_spec)
