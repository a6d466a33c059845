// What is computed once, kept, and used again.
#include "mutant.h"

#include <stdio.h>

enum { TABLE = 8 };

typedef struct {
    PyObject_HEAD PyObject* kept;
    long computed; // how many times
    int ready;
    long table[TABLE];
} Cache;

static void cache_dealloc(PyObject* self) {
    PyTypeObject* type = Py_TYPE(self);
    Py_XDECREF(((Cache*)self)->kept);
    type->tp_free(self);
    Py_DECREF(type);
}

// ---- LazyCache: who comes between the check and the store computes the object again. The two threads then hold two
// objects, which for a cache of what is expensive or compared by identity is one too many. (The object that is replaced
// leaks, lest this be another mutant's crash.)

static PyObject* lazy_cache_get(PyObject* self, PyObject* unused) {
    (void)unused;
    PyObject* result;
    LOCK(self);
    if (READ(((Cache*)self)->kept) == NULL) {
        WINDOW(1);
        PyObject* fresh = PyObject_CallNoArgs((PyObject*)&PyBaseObject_Type);
        __atomic_add_fetch(&((Cache*)self)->computed, 1, __ATOMIC_RELAXED);
        WRITE(((Cache*)self)->kept, fresh);
    }
    result = Py_XNewRef(READ(((Cache*)self)->kept));
    UNLOCK();
    return result;
}

static PyObject* lazy_cache_computed(PyObject* self, PyObject* unused) {
    (void)unused;
    return PyLong_FromLong(((Cache*)self)->computed);
}

static PyMethodDef lazy_cache_methods[] = {
    {"get", lazy_cache_get, METH_NOARGS, NULL},
    {"computed", lazy_cache_computed, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

// ---- ReadyBeforeTable: says that its table is ready, then fills it. Who comes in between reads zeros.

static PyObject* ready_before_table_get(PyObject* self, PyObject* unused) {
    (void)unused;
    Cache* cache = (Cache*)self;
    long last;
    LOCK(self);
    if (!READ(cache->ready)) {
        WRITE(cache->ready, 1);
        WINDOW(1);
        for (long index = 0; index < TABLE; ++index) {
            WRITE(cache->table[index], index * index);
        }
    }
    last = READ(cache->table[TABLE - 1]);
    UNLOCK();
    return PyLong_FromLong(last);
}

static PyMethodDef ready_before_table_methods[] = {
    {"get", ready_before_table_get, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

// ---- ReusedTuple: keeps the tuple that it returned, and fills it again if nobody else holds it, as zip() does under
// the GIL. Two threads that find a count of one before either has taken a reference fill and return the same tuple.

static PyObject* reused_tuple_new(PyTypeObject* type, PyObject* args, PyObject* kwargs) {
    (void)args, (void)kwargs;
    PyObject* self = type->tp_alloc(type, 0);
    if (self != NULL && (((Cache*)self)->kept = PyTuple_Pack(2, Py_None, Py_None)) == NULL) {
        Py_CLEAR(self);
    }
    return self;
}

static void fill(PyObject* tuple, PyObject* value) {
    for (Py_ssize_t index = 0; index < 2; ++index) {
        PyObject* before = PyTuple_GET_ITEM(tuple, index);
        PyTuple_SET_ITEM(tuple, index, Py_NewRef(value));
        Py_DECREF(before);
    }
}

static PyObject* reused_tuple_twice(PyObject* self, PyObject* value) {
    PyObject* tuple = ((Cache*)self)->kept;
    LOCK(self);
    if (Py_REFCNT(tuple) == 1) {
        WINDOW(1);
        Py_INCREF(tuple);
        fill(tuple, value);
    } else {
        tuple = PyTuple_Pack(2, value, value);
    }
    UNLOCK();
    return tuple;
}

static PyMethodDef reused_tuple_methods[] = {
    {"twice", reused_tuple_twice, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

// ---- format_value: writes to a static buffer, then makes a string of it. Who writes in between is what is read.

#define FORMATTED 64

static PyObject* format_value(PyObject* module, PyObject* argument) {
    (void)module;
    long value;
    if (!as_long(argument, &value)) {
        return NULL;
    }
#ifdef TWIN
    char buffer[FORMATTED];
#else
    static char buffer[FORMATTED];
#endif
    snprintf(buffer, sizeof(buffer), "value=%ld", value);
    WINDOW(1);
    return PyUnicode_FromString(buffer);
}

// ---- halve: says by way of a global, like errno, whether its result is exact. Who halves another number between the
// store and the load decides what is read.

#ifdef TWIN
static _Thread_local int was_odd;
#else
static int was_odd;
#endif

static long half(long value) {
    WRITE(was_odd, (int)(value & 1));
    return value >> 1;
}

static PyObject* halve(PyObject* module, PyObject* argument) {
    (void)module;
    long value;
    if (!as_long(argument, &value)) {
        return NULL;
    }
    long result = half(value);
    WINDOW(1);
    return Py_BuildValue("li", result, READ(was_odd));
}

// ---- The module.

static PyType_Slot lazy_cache_slots[] = {
    {Py_tp_dealloc, cache_dealloc},
    {Py_tp_methods, lazy_cache_methods},
    {0, NULL},
};

static PyType_Slot ready_before_table_slots[] = {
    {Py_tp_dealloc, cache_dealloc},
    {Py_tp_methods, ready_before_table_methods},
    {0, NULL},
};

static PyType_Slot reused_tuple_slots[] = {
    {Py_tp_new, reused_tuple_new},
    {Py_tp_dealloc, cache_dealloc},
    {Py_tp_methods, reused_tuple_methods},
    {0, NULL},
};

static PyType_Spec lazy_cache_spec = {"caches.LazyCache", sizeof(Cache), 0, Py_TPFLAGS_DEFAULT, lazy_cache_slots};
static PyType_Spec ready_before_table_spec = {"caches.ReadyBeforeTable", sizeof(Cache), 0, Py_TPFLAGS_DEFAULT,
                                              ready_before_table_slots};
static PyType_Spec reused_tuple_spec = {"caches.ReusedTuple", sizeof(Cache), 0, Py_TPFLAGS_DEFAULT, reused_tuple_slots};

static PyMethodDef functions[] = {
    {"format_value", format_value, METH_O, NULL},
    {"halve", halve, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

RACY_MODULE_WITH(caches, functions, &lazy_cache_spec, &ready_before_table_spec, &reused_tuple_spec)
