// The twins of ConcurrentDict with the hazards left in: a stress test that does not catch them proves nothing.
//
// Built for the tests only; the same names and signatures as the type they are the twins of. Nothing that a twin
// replaces or removes is released, unless it is said: a wrong answer is what the tests look for, not a crash.
#include "racy_module.h"

// ---- RacyDict: a dict, each call of which is atomic, in methods that make several.

typedef struct {
    PyObject_HEAD PyObject* dict;
    Py_ssize_t room;
} RacyDict;

static PyObject* dict_of(PyObject* self) {
    return ((RacyDict*)self)->dict;
}

static int dict_init(PyObject* self, PyObject* args, PyObject* kwargs) {
    (void)args;
    (void)kwargs;
    ((RacyDict*)self)->dict = PyDict_New();
    ((RacyDict*)self)->room = 8;
    return ((RacyDict*)self)->dict ? 0 : -1;
}

static PyObject* dict_subscript(PyObject* self, PyObject* key) {
    return PyObject_GetItem(dict_of(self), key);
}

// Grows without stopping the writers: what is stored between the copy and the replacement is lost.
static int dict_grow(RacyDict* self) {
    PyObject* larger = PyDict_Copy(self->dict);
    if (larger == NULL) {
        return -1;
    }
    self->room *= 2;
    self->dict = larger;
    return 0;
}

static int dict_ass_subscript(PyObject* self, PyObject* key, PyObject* value) {
    if (value == NULL) {
        return PyDict_DelItem(dict_of(self), key);
    }
    if (PyDict_Size(dict_of(self)) >= ((RacyDict*)self)->room && dict_grow((RacyDict*)self) != 0) {
        return -1;
    }
    return PyDict_SetItem(dict_of(self), key, value);
}

static Py_ssize_t dict_length(PyObject* self) {
    return PyDict_Size(dict_of(self));
}

// A new reference to the value, or to `missing`.
static PyObject* dict_find(PyObject* self, PyObject* key, PyObject* missing) {
    PyObject* value = PyObject_GetItem(dict_of(self), key);
    if (value == NULL && PyErr_ExceptionMatches(PyExc_KeyError)) {
        PyErr_Clear();
        return Py_XNewRef(missing);
    }
    return value;
}

static PyObject* dict_get(PyObject* self, PyObject* key) {
    return dict_find(self, key, Py_None);
}

// The keys at one moment, the value of each at another.
static PyObject* dict_snapshot(PyObject* self, PyObject* unused) {
    (void)unused;
    PyObject* keys = PyDict_Keys(dict_of(self));
    PyObject* snapshot = keys ? PyDict_New() : NULL;
    for (Py_ssize_t index = 0; snapshot && index < PyList_Size(keys); ++index) {
        PyObject* key = PyList_GetItem(keys, index);
        PyObject* value = dict_find(self, key, NULL);
        if (value == NULL && !PyErr_Occurred()) {
            continue;
        }
        if (value == NULL || PyDict_SetItem(snapshot, key, value) != 0) {
            Py_CLEAR(snapshot);
        }
        Py_XDECREF(value);
    }
    Py_XDECREF(keys);
    return snapshot;
}

// Looks, then stores.
static PyObject* dict_setdefault(PyObject* self, PyObject* args) {
    PyObject *key, *value;
    if (!PyArg_ParseTuple(args, "OO", &key, &value)) {
        return NULL;
    }
    PyObject* before = dict_find(self, key, NULL);
    if (before == NULL && !PyErr_Occurred() && PyDict_SetItem(dict_of(self), key, value) == 0) {
        return Py_NewRef(value);
    }
    return before;
}

static void forget_key(PyObject* self, PyObject* key) {
    if (PyDict_DelItem(dict_of(self), key) != 0) {
        PyErr_Clear();
    }
}

// Reads, then removes.
static PyObject* dict_pop(PyObject* self, PyObject* args) {
    PyObject *key, *missing;
    if (!PyArg_ParseTuple(args, "OO", &key, &missing)) {
        return NULL;
    }
    PyObject* value = dict_find(self, key, missing);
    forget_key(self, key);
    return value;
}

static PyObject* dict_popitem(PyObject* self, PyObject* unused) {
    (void)unused;
    PyObject* items = PyDict_Items(dict_of(self));
    if (items == NULL || PyList_Size(items) == 0) {
        Py_XDECREF(items);
        PyErr_SetNone(PyExc_KeyError);
        return NULL;
    }
    PyObject* item = Py_NewRef(PyList_GetItem(items, 0));
    forget_key(self, PyTuple_GetItem(item, 0));
    Py_DECREF(items);
    return item;
}

// Looks, then runs.
static PyObject* dict_get_or_compute(PyObject* self, PyObject* args) {
    PyObject *key, *function;
    if (!PyArg_ParseTuple(args, "OO", &key, &function)) {
        return NULL;
    }
    PyObject* value = dict_find(self, key, NULL);
    if (value != NULL || PyErr_Occurred()) {
        return value;
    }
    value = PyObject_CallOneArg(function, key);
    if (value != NULL && PyDict_SetItem(dict_of(self), key, value) != 0) {
        Py_CLEAR(value);
    }
    return value;
}

// Reads, then stores.
static PyObject* dict_update_value(PyObject* self, PyObject* args) {
    PyObject *key, *function, *missing;
    if (!PyArg_ParseTuple(args, "OOO", &key, &function, &missing)) {
        return NULL;
    }
    PyObject* before = dict_find(self, key, missing);
    PyObject* after = before ? PyObject_CallOneArg(function, before) : NULL;
    if (after != NULL && PyDict_SetItem(dict_of(self), key, after) != 0) {
        Py_CLEAR(after);
    }
    Py_XDECREF(before);
    return after;
}

static PyMethodDef dict_methods[] = {
    {"get", dict_get, METH_O, NULL},
    {"snapshot", dict_snapshot, METH_NOARGS, NULL},
    {"setdefault", dict_setdefault, METH_VARARGS, NULL},
    {"pop", dict_pop, METH_VARARGS, NULL},
    {"popitem", dict_popitem, METH_NOARGS, NULL},
    {"get_or_compute", dict_get_or_compute, METH_VARARGS, NULL},
    {"update_value", dict_update_value, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot dict_slots[] = {
    {Py_tp_init, dict_init},     {Py_mp_subscript, dict_subscript}, {Py_mp_ass_subscript, dict_ass_subscript},
    {Py_mp_length, dict_length}, {Py_tp_methods, dict_methods},     {0, NULL},
};

static PyType_Spec dict_spec = {"racy_dict.RacyDict", sizeof(RacyDict), 0, Py_TPFLAGS_DEFAULT, dict_slots};

// ---- RacyTable: a table of int keys that is changed under a lock and read without one, and without a second look.

#define PLACES 16

typedef struct {
    long key;
    PyObject* value;
} Entry;

typedef struct {
    PyObject_HEAD PyMutex lock;
    Entry entries[PLACES];
} RacyTable;

// The entry of the key; where there is none, the first that is vacant.
static Entry* table_find(PyObject* self, long key) {
    Entry* entries = ((RacyTable*)self)->entries;
    Entry* vacant = NULL;
    for (int place = 0; place < PLACES; ++place) {
        if (entries[place].value != NULL && entries[place].key == key) {
            return &entries[place];
        }
        vacant = vacant == NULL && entries[place].value == NULL ? &entries[place] : vacant;
    }
    return vacant;
}

// What it finds in the entry may belong to another key by now, and it may be released before it is counted.
static PyObject* table_get(PyObject* self, PyObject* key) {
    Entry* entry = table_find(self, PyLong_AsLong(key));
    PyObject* value = entry ? ((volatile Entry*)entry)->value : NULL;
    return Py_NewRef(value ? value : Py_None);
}

// Releases what it replaces; what it removes it does not.
static int table_ass_subscript(PyObject* self, PyObject* key, PyObject* value) {
    RacyTable* table = (RacyTable*)self;
    PyMutex_Lock(&table->lock);
    Entry* entry = table_find(self, PyLong_AsLong(key));
    PyObject* before = NULL;
    if (entry != NULL) {
        before = value ? entry->value : NULL;
        entry->key = PyLong_AsLong(key);
        entry->value = Py_XNewRef(value);
    }
    PyMutex_Unlock(&table->lock);
    Py_XDECREF(before);
    return 0;
}

static PyMethodDef table_methods[] = {
    {"get", table_get, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot table_slots[] = {
    {Py_mp_ass_subscript, table_ass_subscript},
    {Py_tp_methods, table_methods},
    {0, NULL},
};

static PyType_Spec table_spec = {"racy_dict.RacyTable", sizeof(RacyTable), 0, Py_TPFLAGS_DEFAULT, table_slots};

RACY_MODULE(racy_dict, &dict_spec, &table_spec)
