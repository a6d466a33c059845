// The twins of ungil's counters and flags with the hazard left in: a stress test that does not catch them proves
// nothing. Built for the tests only; the same names and signatures as the types they are the twins of.
#include "racy_module.h"

// ---- RacyHashedCounter: each thread adds to a cell by load and store, as if it were alone there. Which cell it is says
// a hash of the thread's identifier, so two threads may have the same one; of three, two always have.

typedef struct {
    PyObject_HEAD long long cells[2];
} RacyHashedCounter;

static PyObject* hashed_add(PyObject* self, PyObject* amount) {
    long long delta = PyLong_AsLongLong(amount);
    if (delta == -1 && PyErr_Occurred()) {
        return NULL;
    }
    unsigned long hash = PyThread_get_thread_ident() >> 12;
    long long* cell = &((RacyHashedCounter*)self)->cells[hash % 2];
    long long after = *cell + delta;
    *cell = after;
    Py_RETURN_NONE;
}

static PyObject* hashed_increment(PyObject* self, PyObject* unused) {
    (void)unused;
    unsigned long hash = PyThread_get_thread_ident() >> 12;
    long long* cell = &((RacyHashedCounter*)self)->cells[hash % 2];
    long long after = *cell + 1;
    *cell = after;
    Py_RETURN_NONE;
}

static PyObject* hashed_sum(PyObject* self, PyObject* unused) {
    (void)unused;
    long long* cells = ((RacyHashedCounter*)self)->cells;
    return PyLong_FromLongLong(cells[0] + cells[1]);
}

static PyMethodDef hashed_methods[] = {
    {"add", hashed_add, METH_O, NULL},
    {"increment", hashed_increment, METH_NOARGS, NULL},
    {"sum", hashed_sum, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot hashed_slots[] = {{Py_tp_methods, hashed_methods}, {0, NULL}};

static PyType_Spec hashed_spec = {"racy_counters.RacyHashedCounter", sizeof(RacyHashedCounter), 0, Py_TPFLAGS_DEFAULT,
                                  hashed_slots};

// ---- RacyMovingCounter: the first thread adds to a number in the object until a second thread comes, which moves that
// number into one of two cells. What the first adds between the move and its next look is lost. For two threads.

typedef struct {
    PyObject_HEAD unsigned long owner;
    long long first;
    int moved;
    long long cells[2];
} RacyMovingCounter;

static PyObject* moving_increment(PyObject* object, PyObject* unused) {
    (void)unused;
    RacyMovingCounter* self = (RacyMovingCounter*)object;
    unsigned long thread = PyThread_get_thread_ident();
    if (self->owner == 0) {
        self->owner = thread;
    }
    if (!self->moved && self->owner == thread) {
        self->first += 1;
        Py_RETURN_NONE;
    }
    if (!self->moved) {
        self->cells[0] = self->first;
        self->moved = 1;
    }
    self->cells[self->owner != thread] += 1;
    Py_RETURN_NONE;
}

static PyObject* moving_sum(PyObject* object, PyObject* unused) {
    (void)unused;
    RacyMovingCounter* self = (RacyMovingCounter*)object;
    return PyLong_FromLongLong(self->moved ? self->cells[0] + self->cells[1] : self->first);
}

static PyMethodDef moving_methods[] = {
    {"increment", moving_increment, METH_NOARGS, NULL},
    {"sum", moving_sum, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot moving_slots[] = {{Py_tp_methods, moving_methods}, {0, NULL}};

static PyType_Spec moving_spec = {"racy_counters.RacyMovingCounter", sizeof(RacyMovingCounter), 0, Py_TPFLAGS_DEFAULT,
                                  moving_slots};

// ---- RacyFlag: tests and sets in two steps. Two threads that both find the flag clear both set it, and both get False.

typedef struct {
    PyObject_HEAD char value;
} RacyFlag;

static PyObject* flag_test_and_set(PyObject* self, PyObject* unused) {
    (void)unused;
    if (((RacyFlag*)self)->value) {
        Py_RETURN_TRUE;
    }
    ((RacyFlag*)self)->value = 1;
    Py_RETURN_FALSE;
}

static PyObject* flag_clear(PyObject* self, PyObject* unused) {
    (void)unused;
    ((RacyFlag*)self)->value = 0;
    Py_RETURN_NONE;
}

static PyMethodDef flag_methods[] = {
    {"test_and_set", flag_test_and_set, METH_NOARGS, NULL},
    {"clear", flag_clear, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot flag_slots[] = {{Py_tp_methods, flag_methods}, {0, NULL}};

static PyType_Spec flag_spec = {"racy_counters.RacyFlag", sizeof(RacyFlag), 0, Py_TPFLAGS_DEFAULT, flag_slots};

RACY_MODULE(racy_counters, &hashed_spec, &moving_spec, &flag_spec)
