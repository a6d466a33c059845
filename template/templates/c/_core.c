/* The extension module. Where threads can meet, and what keeps them apart:
     an object of a class     its own lock, taken by each function that reads or writes the object's fields
     two objects              both locks at once, so that no two threads can wait for each other
     the module's state       an atomic, and an exception that nothing changes after the module is imported
     long work                a private copy, and no thread state attached */
#include <Python.h>

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "bootstrap.h"

#define NAME "{{ cookiecutter.__package }}._core"

/* CMakeLists.txt compiles this for three ABIs. The one for GIL-enabled versions is 3.12's, which has none of these. */
#ifndef Py_BEGIN_CRITICAL_SECTION
#define Py_BEGIN_CRITICAL_SECTION(object) {
#define Py_END_CRITICAL_SECTION() }
#define Py_BEGIN_CRITICAL_SECTION2(first, second) {
#define Py_END_CRITICAL_SECTION2() }
#endif

/* Each interpreter that imports the module has one of its own. No thread learns from the count that anything else has
   happened, hence memory_order_relaxed below. */
typedef struct {
    _Atomic int64_t taken_in;
    PyObject* EmptyError;
} State;

typedef struct {
    double* data; /* from PyMem_Realloc(), or NULL */
    size_t count, room;
} Values;

typedef struct {
    Values values;
    PyObject* in_order; /* the cache of ordered(): a tuple of floats, or NULL */
} Samples;

/* An object's class is this one, never a subclass, and leads to its fields, and by PyType_GetModuleState() to the state.
   Who calls a function that is named _lock_held holds the locks of the objects whose fields it is given. On a GIL-enabled
   build the sections are empty, and the GIL does their work: no function gives it up between reading and writing. */
static Samples* fields(PyObject* self) {
    return PyObject_GetTypeData(self, Py_TYPE(self));
}

/* This and what follows return 0, or -1 with an exception set; after this one's, nothing has changed. */
static int append(Values* values, const Values* more) {
    size_t needed = values->count + more->count; /* cannot wrap: both are in memory */
    if (needed > values->room) {
        size_t room = needed + needed / 2, most = PY_SSIZE_T_MAX / sizeof(double);
        double* data = room > most ? NULL : PyMem_Realloc(values->data, room * sizeof(double));
        if (data == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        values->data = data;
        values->room = room;
    }
    if (more->count > 0) { /* else it may have no memory, and memcpy() must not be given NULL */
        memcpy(values->data + values->count, more->data, more->count * sizeof(double));
    }
    values->count = needed;
    return 0;
}

static int append_number(Values* values, PyObject* object) {
    double number = PyFloat_AsDouble(object);
    if (number == -1.0 && PyErr_Occurred()) {
        return -1;
    }
    if (isnan(number)) {
        PyErr_SetString(PyExc_ValueError, "a sample cannot be NaN, which has no place in any order");
        return -1;
    }
    return append(values, &(Values){&number, 1, 1});
}

static int append_iterable(Values* values, PyObject* iterable) {
    PyObject* iterator = PyObject_GetIter(iterable);
    if (iterator == NULL) {
        return -1;
    }
    int failed = 0;
    for (PyObject* item; !failed && (item = PyIter_Next(iterator)) != NULL; Py_DECREF(item)) {
        failed = append_number(values, item);
    }
    Py_DECREF(iterator);
    return PyErr_Occurred() ? -1 : 0;
}

static int append_lock_held(Samples* samples, const Values* more) {
    int failed = append(&samples->values, more);
    if (!failed) {
        Py_CLEAR(samples->in_order); /* frees floats at most: nothing that runs Python, which could suspend the lock */
    }
    return failed;
}

static PyObject* record(PyObject* self, const Values* values) {
    State* state = PyType_GetModuleState(Py_TYPE(self));
    int failed;
    Py_BEGIN_CRITICAL_SECTION(self);
    failed = append_lock_held(fields(self), values);
    Py_END_CRITICAL_SECTION();
    if (failed) {
        return NULL;
    }
    atomic_fetch_add_explicit(&state->taken_in, (int64_t)values->count, memory_order_relaxed);
    return Py_NewRef(Py_None);
}

static PyObject* Samples_add(PyObject* self, PyObject* object) {
    double number[1];
    Values values = {number, 0, 1};
    return append_number(&values, object) < 0 ? NULL : record(self, &values);
}

/* To iterate runs any Python code, which could use this very object, or suspend the lock. So that comes first. */
static PyObject* Samples_extend(PyObject* self, PyObject* iterable) {
    Values values = {NULL, 0, 0};
    PyObject* result = append_iterable(&values, iterable) < 0 ? NULL : record(self, &values);
    PyMem_Free(values.data);
    return result;
}

static Py_ssize_t take_lock_held(Samples* to, Samples* from) {
    if (append_lock_held(to, &from->values) < 0) {
        return -1;
    }
    size_t moved = from->values.count;
    from->values.count = 0;
    Py_CLEAR(from->in_order);
    return (Py_ssize_t)moved;
}

/* Two locks taken one after the other could each be waited for by the holder of the other one; these are taken together. */
static PyObject* Samples_take(PyObject* self, PyObject* other) {
    if (!Py_IS_TYPE(other, Py_TYPE(self))) {
        return PyErr_Format(PyExc_TypeError, "can take from Samples only, not from %R", Py_TYPE(other));
    }
    if (self == other) {
        return PyLong_FromLong(0);
    }
    Py_ssize_t moved;
    Py_BEGIN_CRITICAL_SECTION2(self, other);
    moved = take_lock_held(fields(self), fields(other));
    Py_END_CRITICAL_SECTION2();
    return moved < 0 ? NULL : PyLong_FromSsize_t(moved);
}

static int compare(const void* left, const void* right) {
    double a = *(const double*)left, b = *(const double*)right;
    return (a > b) - (a < b);
}

static PyObject* sorted(Values values) {
    if (values.count > 1) {
        qsort(values.data, values.count, sizeof(double), compare);
    }
    PyObject* floats = PyTuple_New((Py_ssize_t)values.count);
    for (size_t i = 0; floats != NULL && i < values.count; i++) {
        PyObject* number = PyFloat_FromDouble(values.data[i]);
        if (number == NULL || PyTuple_SetItem(floats, (Py_ssize_t)i, number) < 0) {
            Py_CLEAR(floats);
        }
    }
    return floats;
}

/* Built by the first thread that asks and kept until a value comes in. To look, to build and to keep is one step under the
   lock, and so is making the reference that is returned: once it is released, another thread may drop the cache's own. */
static PyObject* ordered_lock_held(Samples* samples) {
    Values copy = {NULL, 0, 0};
    if (samples->in_order == NULL && append(&copy, &samples->values) == 0) {
        samples->in_order = sorted(copy);
        PyMem_Free(copy.data);
    }
    return Py_XNewRef(samples->in_order);
}

static PyObject* Samples_ordered(PyObject* self, PyObject* Py_UNUSED(ignored)) {
    PyObject* order;
    Py_BEGIN_CRITICAL_SECTION(self);
    order = ordered_lock_held(fields(self));
    Py_END_CRITICAL_SECTION();
    return order;
}

/* For PyArg_ParseTupleAndKeywords(), whose own format for an unsigned integer, K, overflows in silence. */
static int to_seed(PyObject* object, void* seed) {
    PyObject* number = PyNumber_Index(object);
    if (number == NULL) {
        return 0;
    }
    *(uint64_t*)seed = PyLong_AsUnsignedLongLong(number);
    Py_DECREF(number);
    return !PyErr_Occurred();
}

/* A thread that is attached for long keeps every other one waiting when the collector stops the world. What it detaches with
   must be its own: a lock does not hold while detached. */
static PyObject* Samples_bootstrap(PyObject* self, PyObject* args, PyObject* kwargs) {
    static char* names[] = {"", "seed", NULL};
    Py_ssize_t rounds;
    uint64_t seed = 0;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "n|O&:bootstrap", names, &rounds, to_seed, &seed)) {
        return NULL;
    }
    if (rounds < 2) {
        return PyErr_Format(PyExc_ValueError, "rounds must be at least 2");
    }
    Values values = {NULL, 0, 0};
    int failed;
    Py_BEGIN_CRITICAL_SECTION(self);
    failed = append(&values, &fields(self)->values);
    Py_END_CRITICAL_SECTION();
    if (failed) {
        return NULL;
    }
    if (values.count == 0) {
        State* state = PyType_GetModuleState(Py_TYPE(self));
        return PyErr_Format(state->EmptyError, "there are no samples");
    }
    double error;
    Py_BEGIN_ALLOW_THREADS;
    error = bootstrap_error(values.data, values.count, (size_t)rounds, seed);
    Py_END_ALLOW_THREADS;
    PyMem_Free(values.data);
    return PyFloat_FromDouble(error);
}

static Py_ssize_t Samples_length(PyObject* self) {
    Py_ssize_t length;
    Py_BEGIN_CRITICAL_SECTION(self);
    length = (Py_ssize_t)fields(self)->values.count;
    Py_END_CRITICAL_SECTION();
    return length;
}

static PyObject* Samples_new(PyTypeObject* type, PyObject* args, PyObject* kwargs) {
    static char* names[] = {NULL};
    return PyArg_ParseTupleAndKeywords(args, kwargs, ":Samples", names) ? PyType_GenericAlloc(type, 0) : NULL;
}

/* An object owns its class, which owns the module and what is in it. The floats own nothing. */
static int Samples_traverse(PyObject* self, visitproc visit, void* arg) {
    Py_VISIT(Py_TYPE(self));
    return 0;
}

static void Samples_dealloc(PyObject* self) {
    PyTypeObject* type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    PyMem_Free(fields(self)->values.data);
    Py_XDECREF(fields(self)->in_order);
    PyObject_GC_Del(self);
    Py_DECREF(type);
}

static PyMethodDef Samples_methods[] = {
    {"add", Samples_add, METH_O, "add($self, value, /)\n--\n\nAdd a value; ValueError if it is NaN."},
    {"extend", Samples_extend, METH_O,
     "extend($self, values, /)\n--\n\nAdd all values of an iterable, or none if there is an error."},
    {"take", Samples_take, METH_O,
     "take($self, other, /)\n--\n\nMove all values of another object into this one, and return how many."},
    {"ordered", Samples_ordered, METH_NOARGS,
     "ordered($self, /)\n--\n\nThe values in ascending order; the same tuple until they change."},
    {"bootstrap", (PyCFunction)(void (*)(void))Samples_bootstrap, METH_VARARGS | METH_KEYWORDS,
     "bootstrap($self, rounds, /, seed=0)\n--\n\n"
     "The standard error of the mean, from so many resamples; EmptyError if there are no values."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot Samples_slots[] = {
    {Py_tp_doc, "Samples()\n--\n\nNumbers that any thread may record."},
    {Py_tp_new, Samples_new},
    {Py_tp_traverse, Samples_traverse},
    {Py_tp_dealloc, Samples_dealloc},
    {Py_tp_methods, Samples_methods},
    {Py_sq_length, Samples_length},
    {0, NULL},
};

static PyType_Spec Samples_spec = {
    .name = NAME ".Samples",
    .basicsize = -(int)sizeof(Samples), /* below zero: after what object has, however large that is in this ABI */
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = Samples_slots,
};

static PyObject* recorded(PyObject* module, PyObject* Py_UNUSED(ignored)) {
    State* state = PyModule_GetState(module);
    return PyLong_FromLongLong(atomic_load_explicit(&state->taken_in, memory_order_relaxed));
}

static PyMethodDef module_methods[] = {
    {"recorded", recorded, METH_NOARGS, "recorded()\n--\n\nHow many values all samples took in."},
    {NULL, NULL, 0, NULL},
};

static int module_exec(PyObject* module) {
    State* state = PyModule_GetState(module);
    atomic_init(&state->taken_in, 0);
    state->EmptyError = PyErr_NewExceptionWithDoc(NAME ".EmptyError", "There are no samples.", PyExc_ValueError, NULL);
    if (PyModule_AddObjectRef(module, "EmptyError", state->EmptyError) < 0) {
        return -1;
    }
    PyObject* type = PyType_FromModuleAndSpec(module, &Samples_spec, NULL);
    int failed = PyModule_AddObjectRef(module, "Samples", type);
    Py_XDECREF(type);
    return failed;
}

static int module_traverse(PyObject* module, visitproc visit, void* arg) {
    State* state = PyModule_GetState(module);
    Py_VISIT(state->EmptyError);
    return 0;
}

static int module_clear(PyObject* module) {
    State* state = PyModule_GetState(module);
    Py_CLEAR(state->EmptyError);
    return 0;
}

static void module_free(void* module) {
    module_clear(module);
}

/* What the module declares: interpreters share nothing of it, for its state and its class are each one's own; and it needs no
   GIL, which importing it would otherwise turn on. The ABI of GIL-enabled versions is 3.12's, which lacks that slot. */
static PyModuleDef_Slot module_slots[] = {
    {Py_mod_exec, module_exec},
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
#ifdef Py_GIL_DISABLED
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, NULL},
};

#ifdef Py_TARGET_ABI3T /* the stable ABI of free-threaded builds, where there is no PyModuleDef */
PyABIInfo_VAR(abi_info);

static PySlot module_definition[] = {
    PySlot_DATA(Py_mod_abi, &abi_info),
    PySlot_STATIC_DATA(Py_mod_name, "_core"),
    PySlot_STATIC_DATA(Py_mod_methods, module_methods),
    PySlot_STATIC_DATA(Py_mod_slots, module_slots),
    PySlot_SIZE(Py_mod_state_size, sizeof(State)),
    PySlot_FUNC(Py_mod_state_traverse, module_traverse),
    PySlot_FUNC(Py_mod_state_clear, module_clear),
    PySlot_FUNC(Py_mod_state_free, module_free),
    PySlot_END,
};

PyMODEXPORT_FUNC PyModExport__core(void) {
    return module_definition;
}
#else
static struct PyModuleDef module_definition = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "_core",
    .m_methods = module_methods,
    .m_slots = module_slots,
    .m_size = sizeof(State),
    .m_traverse = module_traverse,
    .m_clear = module_clear,
    .m_free = module_free,
};

PyMODINIT_FUNC PyInit__core(void) {
    return PyModuleDef_Init(&module_definition);
}
#endif
