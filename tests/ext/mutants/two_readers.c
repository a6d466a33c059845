// Two stops, of one who reads and one who writes: A stops at one place, B runs to another and stops there, A runs to its
// end, then B does. As in two_flags.c, above each mutant stands why one stop is not enough, and there is a window between
// any two steps that others can see.
#include "mutant.h"

#include <stdatomic.h>

#ifdef TWIN
#define LOCK_OUT_WRITERS(self) PyMutex_Lock(&(self)->writers)
#define LET_WRITERS_IN(self) PyMutex_Unlock(&(self)->writers)
#else
#define LOCK_OUT_WRITERS(self) ((void)0)
#define LET_WRITERS_IN(self) ((void)0)
#endif

// ---- LateVersion: set() fills the other of two pairs, makes it the current one, clears the first, and counts up the
// version; get() reads the current pair and reads again if the version has changed meanwhile. It should count before it
// clears. Who reads the pair while it is cleared, and looks at the version before it is counted up, gets half a pair.
//
// One stop: a set() that runs to its end while a get() is stopped has counted up, so that get() reads again. A get()
// that runs to its end while a set() is stopped finds a current pair, the one before or the one after, that nobody
// clears. Writers exclude each other. Only a get() that stops between its two loads, until a set() has cleared the pair
// and has stopped before it counts up, returns what it read.

typedef struct {
    PyObject_HEAD PyMutex writers;
    long version;
    int current;
    struct {
        long first;
        long second;
    } pairs[2];
} LateVersion;

static PyObject* late_version_set(PyObject* object, PyObject* argument) {
    LateVersion* self = (LateVersion*)object;
    long value;
    if (!as_long(argument, &value)) {
        return NULL;
    }
    PyMutex_Lock(&self->writers);
    int before = READ(self->current), after = 1 - before;
    WRITE(self->pairs[after].first, value);
    WINDOW(1);
    WRITE(self->pairs[after].second, -value);
    WINDOW(2);
    WRITE(self->current, after);
    WINDOW(3);
    WRITE(self->pairs[before].first, 0);
    WINDOW(4);
    WRITE(self->pairs[before].second, 0);
    WINDOW(5);
    WRITE(self->version, self->version + 1);
    PyMutex_Unlock(&self->writers);
    Py_RETURN_NONE;
}

static PyObject* late_version_get(PyObject* object, PyObject* unused) {
    (void)unused;
    LateVersion* self = (LateVersion*)object;
    long version, first, second;
    LOCK_OUT_WRITERS(self);
    do {
        version = READ(self->version);
        WINDOW(6);
        int current = READ(self->current);
        WINDOW(7);
        first = READ(self->pairs[current].first);
        WINDOW(8);
        second = READ(self->pairs[current].second);
        WINDOW(9);
    } while (READ(self->version) != version);
    LET_WRITERS_IN(self);
    return Py_BuildValue("ll", first, second);
}

static PyMethodDef late_version_methods[] = {
    {"set", late_version_set, METH_O, NULL},
    {"get", late_version_get, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

// ---- EarlyReaderCheck: set() frees the number that it replaces at once if there is no reader, and when the object dies
// if there is one. It looks before it replaces and should look after that. Who comes in between reads what is freed.
//
// One stop: a set() that runs to its end while a get() is stopped sees the reader and frees nothing. A get() that runs to
// its end while a set() is stopped needs nothing any more when that frees. Writers exclude each other. Only a get() that
// begins after a set() has looked, and stops with the address until that has freed, reads what is freed.

typedef struct Box {
    long value;
    struct Box* next;
} Box;

typedef struct {
    PyObject_HEAD PyMutex writers;
    _Atomic long readers;
    Box* current;
    Box* retired; // freed with the object
} EarlyReaderCheck;

static Box* new_box(long value) {
    Box* box = PyMem_New(Box, 1);
    if (box == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    *box = (Box){value, NULL};
    return box;
}

static PyObject* early_reader_check_new(PyTypeObject* type, PyObject* args, PyObject* kwargs) {
    (void)args, (void)kwargs;
    PyObject* self = type->tp_alloc(type, 0);
    if (self != NULL && (((EarlyReaderCheck*)self)->current = new_box(0)) == NULL) {
        Py_CLEAR(self);
    }
    return self;
}

static void early_reader_check_dealloc(PyObject* object) {
    EarlyReaderCheck* self = (EarlyReaderCheck*)object;
    PyTypeObject* type = Py_TYPE(object);
    while (self->retired != NULL) {
        Box* box = self->retired;
        self->retired = box->next;
        PyMem_Free(box);
    }
    PyMem_Free(self->current);
    type->tp_free(object);
    Py_DECREF(type);
}

static PyObject* early_reader_check_set(PyObject* object, PyObject* argument) {
    EarlyReaderCheck* self = (EarlyReaderCheck*)object;
    long value;
    Box* fresh;
    if (!as_long(argument, &value) || (fresh = new_box(value)) == NULL) {
        return NULL;
    }
    PyMutex_Lock(&self->writers);
    int unused = atomic_load(&self->readers) == 0;
    WINDOW(1);
    Box* before = self->current;
    WRITE(self->current, fresh);
    WINDOW(2);
    if (unused) {
        PyMem_Free(before);
    } else {
        before->next = self->retired;
        self->retired = before;
    }
    WINDOW(3);
    PyMutex_Unlock(&self->writers);
    Py_RETURN_NONE;
}

static PyObject* early_reader_check_get(PyObject* object, PyObject* unused) {
    (void)unused;
    EarlyReaderCheck* self = (EarlyReaderCheck*)object;
    LOCK_OUT_WRITERS(self);
    atomic_fetch_add(&self->readers, 1);
    WINDOW(4);
    const Box* box = READ(self->current);
    WINDOW(5);
    long value = READ(box->value);
    WINDOW(6);
    atomic_fetch_sub(&self->readers, 1);
    LET_WRITERS_IN(self);
    return PyLong_FromLong(value);
}

static PyMethodDef early_reader_check_methods[] = {
    {"set", early_reader_check_set, METH_O, NULL},
    {"get", early_reader_check_get, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

// ---- The module.

static PyType_Slot late_version_slots[] = {{Py_tp_methods, late_version_methods}, {0, NULL}};

static PyType_Slot early_reader_check_slots[] = {
    {Py_tp_new, early_reader_check_new},
    {Py_tp_dealloc, early_reader_check_dealloc},
    {Py_tp_methods, early_reader_check_methods},
    {0, NULL},
};

#define SPEC(name, prefix)                                                                                             \
    static PyType_Spec prefix##_spec = {"two_readers." #name, sizeof(name), 0, Py_TPFLAGS_DEFAULT, prefix##_slots}

SPEC(LateVersion, late_version);
SPEC(EarlyReaderCheck, early_reader_check);

RACY_MODULE(two_readers, &late_version_spec, &early_reader_check_spec)
