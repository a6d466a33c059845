// The twins of ungil's primitives with the hazard left in: a stress test that does not catch them proves nothing.
//
// Each method is what one would write under the GIL, where nothing can come between its two statements. Built for the
// tests only; the same names and signatures as the types they are the twins of.
#include "racy_module.h"

#include <sched.h>

// What the scheduler may do at any time: without it, two threads that share a processor would hardly ever meet.
static void lose_the_processor(void) {
    sched_yield();
}

// ---- RacyInteger: load, calculate, store. Two threads that load the same value lose one of their steps.

typedef struct {
    PyObject_HEAD long long value;
} RacyInteger;

static int integer_init(PyObject* self, PyObject* args, PyObject* kwargs) {
    (void)kwargs;
    return PyArg_ParseTuple(args, "|L", &((RacyInteger*)self)->value) ? 0 : -1;
}

static PyObject* integer_get(PyObject* self, PyObject* unused) {
    (void)unused;
    return PyLong_FromLongLong(((RacyInteger*)self)->value);
}

static PyObject* integer_add(PyObject* self, PyObject* amount) {
    long long delta = PyLong_AsLongLong(amount);
    if (delta == -1 && PyErr_Occurred()) {
        return NULL;
    }
    long long after = ((RacyInteger*)self)->value + delta;
    ((RacyInteger*)self)->value = after;
    return PyLong_FromLongLong(after);
}

static PyObject* integer_increment(PyObject* self, PyObject* unused) {
    (void)unused;
    long long after = ((RacyInteger*)self)->value + 1;
    ((RacyInteger*)self)->value = after;
    return PyLong_FromLongLong(after);
}

static PyObject* integer_exchange(PyObject* self, PyObject* value) {
    long long after = PyLong_AsLongLong(value);
    if (after == -1 && PyErr_Occurred()) {
        return NULL;
    }
    long long before = ((RacyInteger*)self)->value;
    ((RacyInteger*)self)->value = after;
    return PyLong_FromLongLong(before);
}

static PyObject* integer_compare_and_set(PyObject* self, PyObject* args) {
    long long expected, after;
    if (!PyArg_ParseTuple(args, "LL", &expected, &after)) {
        return NULL;
    }
    if (((RacyInteger*)self)->value != expected) {
        Py_RETURN_FALSE;
    }
    lose_the_processor();
    ((RacyInteger*)self)->value = after;
    Py_RETURN_TRUE;
}

static PyObject* integer_update(PyObject* self, PyObject* function) {
    PyObject* result = PyObject_CallFunction(function, "L", ((RacyInteger*)self)->value);
    if (result == NULL) {
        return NULL;
    }
    long long after = PyLong_AsLongLong(result);
    if (after == -1 && PyErr_Occurred()) {
        Py_DECREF(result);
        return NULL;
    }
    ((RacyInteger*)self)->value = after;
    return result;
}

static PyObject* integer_inplace_add(PyObject* self, PyObject* amount) {
    PyObject* after = integer_add(self, amount);
    if (after == NULL) {
        return NULL;
    }
    Py_DECREF(after);
    return Py_NewRef(self);
}

static PyMethodDef integer_methods[] = {
    {"get", integer_get, METH_NOARGS, NULL},
    {"add", integer_add, METH_O, NULL},
    {"increment", integer_increment, METH_NOARGS, NULL},
    {"exchange", integer_exchange, METH_O, NULL},
    {"compare_and_set", integer_compare_and_set, METH_VARARGS, NULL},
    {"update", integer_update, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot integer_slots[] = {
    {Py_tp_init, integer_init},
    {Py_tp_methods, integer_methods},
    {Py_nb_inplace_add, integer_inplace_add},
    {0, NULL},
};

static PyType_Spec integer_spec = {"racy.RacyInteger", sizeof(RacyInteger), 0, Py_TPFLAGS_DEFAULT, integer_slots};

// ---- RacyReference: a pointer that is read and replaced in two steps.
//
// exchange, compare_and_set and update never release what they replace. With the release, two threads that replace the
// same object would both release it, and the process would crash some time later; without it, the same race only gives
// a wrong answer: one object comes out twice and another never. get and set keep the release and with it the hazard
// that the name stands for.

typedef struct {
    PyObject_HEAD PyObject* value;
} RacyReference;

static int reference_init(PyObject* self, PyObject* args, PyObject* kwargs) {
    (void)kwargs;
    PyObject* value = Py_None;
    if (!PyArg_ParseTuple(args, "|O", &value)) {
        return -1;
    }
    ((RacyReference*)self)->value = Py_NewRef(value);
    return 0;
}

static void reference_dealloc(PyObject* self) {
    PyTypeObject* type = Py_TYPE(self);
    Py_XDECREF(((RacyReference*)self)->value);
    type->tp_free(self);
    Py_DECREF(type);
}

// Use after free: between the load and the count, set() in another thread may release the object.
static PyObject* reference_get(PyObject* self, PyObject* unused) {
    (void)unused;
    return Py_NewRef(((RacyReference*)self)->value);
}

static PyObject* reference_set(PyObject* self, PyObject* value) {
    Py_XSETREF(((RacyReference*)self)->value, Py_NewRef(value));
    Py_RETURN_NONE;
}

static PyObject* reference_exchange(PyObject* self, PyObject* value) {
    PyObject* before = ((RacyReference*)self)->value;
    lose_the_processor();
    ((RacyReference*)self)->value = Py_NewRef(value);
    return Py_NewRef(before);
}

static PyObject* reference_compare_and_set(PyObject* self, PyObject* args) {
    PyObject *expected, *value;
    if (!PyArg_ParseTuple(args, "OO", &expected, &value)) {
        return NULL;
    }
    if (((RacyReference*)self)->value != expected) {
        Py_RETURN_FALSE;
    }
    lose_the_processor();
    ((RacyReference*)self)->value = Py_NewRef(value);
    Py_RETURN_TRUE;
}

static PyObject* reference_update(PyObject* self, PyObject* function) {
    PyObject* after = PyObject_CallOneArg(function, ((RacyReference*)self)->value);
    if (after == NULL) {
        return NULL;
    }
    ((RacyReference*)self)->value = Py_NewRef(after);
    return after;
}

static PyMethodDef reference_methods[] = {
    {"get", reference_get, METH_NOARGS, NULL},      {"set", reference_set, METH_O, NULL},
    {"exchange", reference_exchange, METH_O, NULL}, {"compare_and_set", reference_compare_and_set, METH_VARARGS, NULL},
    {"update", reference_update, METH_O, NULL},     {NULL, NULL, 0, NULL},
};

static PyType_Slot reference_slots[] = {
    {Py_tp_init, reference_init},
    {Py_tp_dealloc, reference_dealloc},
    {Py_tp_methods, reference_methods},
    {0, NULL},
};

static PyType_Spec reference_spec = {"racy.RacyReference", sizeof(RacyReference), 0, Py_TPFLAGS_DEFAULT,
                                     reference_slots};

RACY_MODULE(racy, &integer_spec, &reference_spec)
