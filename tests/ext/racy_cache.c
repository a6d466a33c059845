// The twins of ConcurrentCache with the hazards left in; racy.c says what twins are for.
#include "racy_module.h"

// ---- RacyBound: a dict, one of whose entries makes room before a new one is stored. Of two threads that find room for
// one more entry, both store theirs.

typedef struct {
    PyObject_HEAD PyObject* entries;
    Py_ssize_t maxsize;
} RacyBound;

static int bound_init(PyObject* self, PyObject* args, PyObject* kwargs) {
    (void)kwargs;
    RacyBound* cache = (RacyBound*)self;
    cache->entries = PyDict_New();
    return cache->entries && PyArg_ParseTuple(args, "n", &cache->maxsize) ? 0 : -1;
}

static void bound_dealloc(PyObject* self) {
    PyTypeObject* type = Py_TYPE(self);
    Py_XDECREF(((RacyBound*)self)->entries);
    type->tp_free(self);
    Py_DECREF(type);
}

static int bound_store(PyObject* self, PyObject* key, PyObject* value) {
    RacyBound* cache = (RacyBound*)self;
    if (PyDict_Size(cache->entries) >= cache->maxsize) {
        PyObject* dropped = PyObject_CallMethod(cache->entries, "popitem", NULL);
        PyErr_Clear();
        Py_XDECREF(dropped);
    }
    return PyDict_SetItem(cache->entries, key, value);
}

static Py_ssize_t bound_length(PyObject* self) {
    return PyDict_Size(((RacyBound*)self)->entries);
}

static PyType_Slot bound_slots[] = {
    {Py_tp_init, bound_init},
    {Py_tp_dealloc, bound_dealloc},
    {Py_mp_ass_subscript, bound_store},
    {Py_mp_length, bound_length},
    {0, NULL},
};

static PyType_Spec bound_spec = {"racy_cache.RacyBound", sizeof(RacyBound), 0, Py_TPFLAGS_DEFAULT, bound_slots};

// ---- RacySlots: key and value beside each other, and written one after the other. A reader between the two finds the
// new key with the old value. What is replaced is never released, so that the wrong answer is all that happens.

#define SLOTS 8

typedef struct {
    PyObject_HEAD PyObject* keys[SLOTS];
    PyObject* values[SLOTS];
} RacySlots;

static int slots_init(PyObject* self, PyObject* args, PyObject* kwargs) {
    (void)self;
    (void)kwargs;
    Py_ssize_t maxsize = 0;
    return PyArg_ParseTuple(args, "n", &maxsize) ? 0 : -1;
}

static int slots_store(PyObject* self, PyObject* key, PyObject* value) {
    RacySlots* cache = (RacySlots*)self;
    size_t slot = (size_t)PyObject_Hash(key) % SLOTS;
    cache->keys[slot] = Py_NewRef(key);
    cache->values[slot] = Py_NewRef(value);
    return 0;
}

static PyObject* slots_get(PyObject* self, PyObject* key) {
    RacySlots* cache = (RacySlots*)self;
    size_t slot = (size_t)PyObject_Hash(key) % SLOTS;
    if (cache->keys[slot] != NULL && cache->values[slot] != NULL) {
        int equal = PyObject_RichCompareBool(cache->keys[slot], key, Py_EQ);
        if (equal != 0) {
            return equal > 0 ? Py_NewRef(cache->values[slot]) : NULL;
        }
    }
    Py_RETURN_NONE;
}

static PyMethodDef slots_methods[] = {{"get", slots_get, METH_O, NULL}, {NULL, NULL, 0, NULL}};

static PyType_Slot slots_slots[] = {
    {Py_tp_init, slots_init},
    {Py_tp_methods, slots_methods},
    {Py_mp_ass_subscript, slots_store},
    {0, NULL},
};

static PyType_Spec slots_spec = {"racy_cache.RacySlots", sizeof(RacySlots), 0, Py_TPFLAGS_DEFAULT, slots_slots};

RACY_MODULE(racy_cache, &bound_spec, &slots_spec)
