// Three twins of RunningStatistics, each with one hazard left in; what is right in them is written as in the original.
//
// Built for the tests only. All calculate with copies of the five words; they differ in when they read and write them.
#include "racy_module.h"

#include <math.h>

typedef struct {
    long long count;
    double mean, squares, minimum, maximum;
} Words;

typedef struct {
    PyObject_HEAD Words words;
} Statistics;

static const Words empty = {0, 0, 0, INFINITY, -INFINITY};

static Words* words_of(PyObject* self) {
    return &((Statistics*)self)->words;
}

static Words merged(Words a, Words b) {
    if (a.count == 0 || b.count == 0) {
        return a.count == 0 ? b : a;
    }
    double count = (double)(a.count + b.count), delta = b.mean - a.mean;
    return (Words){
        .count = a.count + b.count,
        .mean = a.mean + delta * (double)b.count / count,
        .squares = a.squares + b.squares + delta * delta * (double)a.count * (double)b.count / count,
        .minimum = fmin(a.minimum, b.minimum),
        .maximum = fmax(a.maximum, b.maximum),
    };
}

static Words with_value(Words words, double value) {
    return merged(words, (Words){1, value, 0, value, value});
}

static PyObject* make(PyTypeObject* type, PyObject* args, PyObject* kwargs) {
    (void)args, (void)kwargs;
    PyObject* self = PyType_GenericAlloc(type, 0);
    if (self != NULL) {
        *words_of(self) = empty;
    }
    return self;
}

static PyObject* copy_of(PyObject* self, Words words) {
    PyObject* copy = make(Py_TYPE(self), NULL, NULL);
    if (copy != NULL) {
        *words_of(copy) = words;
    }
    return copy;
}

// ---- RacyStatistics: no section at all. Lost values, and snapshots of which each half is from another moment.

static PyObject* racy_push(PyObject* self, PyObject* argument) {
    double value = PyFloat_AsDouble(argument);
    if (value == -1.0 && PyErr_Occurred()) {
        return NULL;
    }
    *words_of(self) = with_value(*words_of(self), value);
    Py_RETURN_NONE;
}

static PyObject* racy_merge(PyObject* self, PyObject* other) {
    *words_of(self) = merged(*words_of(self), *words_of(other));
    Py_RETURN_NONE;
}

static PyObject* racy_copy(PyObject* self, PyObject* unused) {
    (void)unused;
    return copy_of(self, *words_of(self));
}

// ---- HalfLockedStatistics: each method locks its own object; merge() forgets that the other one changes too.

static PyObject* locked_push(PyObject* self, PyObject* argument) {
    double value = PyFloat_AsDouble(argument);
    if (value == -1.0 && PyErr_Occurred()) {
        return NULL;
    }
    Py_BEGIN_CRITICAL_SECTION(self);
    *words_of(self) = with_value(*words_of(self), value);
    Py_END_CRITICAL_SECTION();
    Py_RETURN_NONE;
}

static PyObject* half_locked_merge(PyObject* self, PyObject* other) {
    Py_BEGIN_CRITICAL_SECTION(self);
    *words_of(self) = merged(*words_of(self), *words_of(other));
    Py_END_CRITICAL_SECTION();
    Py_RETURN_NONE;
}

static PyObject* locked_copy(PyObject* self, PyObject* unused) {
    (void)unused;
    Words now;
    Py_BEGIN_CRITICAL_SECTION(self);
    now = *words_of(self);
    Py_END_CRITICAL_SECTION();
    return copy_of(self, now);
}

// ---- SuspendedStatistics: everything is inside one section, and so is a call of Python between read and write. Where
// that call detaches, the section is suspended, and what others push meanwhile is overwritten.

static PyObject* suspended_push(PyObject* self, PyObject* argument) {
    Py_BEGIN_CRITICAL_SECTION(self);
    Words before = *words_of(self);
    double value = PyFloat_AsDouble(argument);
    if (value != -1.0 || !PyErr_Occurred()) {
        *words_of(self) = with_value(before, value);
    }
    Py_END_CRITICAL_SECTION();
    return PyErr_Occurred() ? NULL : Py_NewRef(Py_None);
}

static void push_all(PyObject* self, PyObject* iterator) {
    Words gathered = *words_of(self);
    PyObject* item;
    while ((item = PyIter_Next(iterator)) != NULL) {
        gathered = with_value(gathered, PyFloat_AsDouble(item));
        Py_DECREF(item);
    }
    *words_of(self) = gathered;
}

static PyObject* suspended_push_many(PyObject* self, PyObject* values) {
    PyObject* iterator = PyObject_GetIter(values);
    if (iterator == NULL) {
        return NULL;
    }
    Py_BEGIN_CRITICAL_SECTION(self);
    push_all(self, iterator);
    Py_END_CRITICAL_SECTION();
    Py_DECREF(iterator);
    return PyErr_Occurred() ? NULL : Py_NewRef(Py_None);
}

// ---- What the tests read when all threads have ended.

static PyObject* get_count(PyObject* self, void* unused) {
    (void)unused;
    return PyLong_FromLongLong(words_of(self)->count);
}

static PyObject* get_mean(PyObject* self, void* unused) {
    (void)unused;
    return PyFloat_FromDouble(words_of(self)->mean);
}

static PyObject* get_variance(PyObject* self, void* unused) {
    (void)unused;
    return PyFloat_FromDouble(words_of(self)->squares / (double)(words_of(self)->count - 1));
}

static PyObject* get_minimum(PyObject* self, void* unused) {
    (void)unused;
    return PyFloat_FromDouble(words_of(self)->minimum);
}

static PyObject* get_maximum(PyObject* self, void* unused) {
    (void)unused;
    return PyFloat_FromDouble(words_of(self)->maximum);
}

static PyGetSetDef properties[] = {
    {"count", get_count, NULL, NULL, NULL},       {"mean", get_mean, NULL, NULL, NULL},
    {"variance", get_variance, NULL, NULL, NULL}, {"minimum", get_minimum, NULL, NULL, NULL},
    {"maximum", get_maximum, NULL, NULL, NULL},   {NULL, NULL, NULL, NULL, NULL},
};

static PyMethodDef racy_methods[] = {
    {"push", racy_push, METH_O, NULL},
    {"merge", racy_merge, METH_O, NULL},
    {"copy", racy_copy, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyMethodDef half_locked_methods[] = {
    {"push", locked_push, METH_O, NULL},
    {"merge", half_locked_merge, METH_O, NULL},
    {"copy", locked_copy, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyMethodDef suspended_methods[] = {
    {"push", suspended_push, METH_O, NULL},
    {"push_many", suspended_push_many, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

#define SLOTS(methods)                                                                                                 \
    {                                                                                                                  \
        {Py_tp_new, make},                                                                                             \
        {Py_tp_methods, methods},                                                                                      \
        {Py_tp_getset, properties},                                                                                    \
        {0, NULL},                                                                                                     \
    }
static PyType_Slot racy_type[] = SLOTS(racy_methods);
static PyType_Slot half_locked_type[] = SLOTS(half_locked_methods);
static PyType_Slot suspended_type[] = SLOTS(suspended_methods);

static PyType_Spec racy_spec = {"racy_statistics.RacyStatistics", sizeof(Statistics), 0, Py_TPFLAGS_DEFAULT, racy_type};
static PyType_Spec half_locked_spec = {"racy_statistics.HalfLockedStatistics", sizeof(Statistics), 0,
                                       Py_TPFLAGS_DEFAULT, half_locked_type};
static PyType_Spec suspended_spec = {"racy_statistics.SuspendedStatistics", sizeof(Statistics), 0, Py_TPFLAGS_DEFAULT,
                                     suspended_type};

RACY_MODULE(racy_statistics, &racy_spec, &half_locked_spec, &suspended_spec)
