// Locks that are there and do not help.
#include "mutant.h"

#include <sched.h>

typedef struct {
    PyObject_HEAD long value;
    PyMutex mutex;
} Locked;

static PyObject* locked_get(PyObject* self, PyObject* unused) {
    (void)unused;
    long value;
    LOCK(self);
    value = READ(((Locked*)self)->value);
    UNLOCK();
    return PyLong_FromLong(value);
}

// ---- WrongLock: locks what is added and not what it is added to, so that two threads which add different lists hold
// different locks; what one adds between the other's load and store is overwritten.

#ifdef TWIN
#define LOCKED(self, argument) self
#else
#define LOCKED(self, argument) argument
#endif

static PyObject* wrong_lock_add(PyObject* self, PyObject* sequence) {
    Py_ssize_t length;
    Py_BEGIN_CRITICAL_SECTION(LOCKED(self, sequence));
    long before = READ(((Locked*)self)->value);
    WINDOW(1);
    length = PyObject_Length(sequence);
    if (length >= 0) {
        WRITE(((Locked*)self)->value, before + (long)length);
    }
    Py_END_CRITICAL_SECTION();
    return length < 0 ? NULL : Py_NewRef(Py_None);
}

static PyMethodDef wrong_lock_methods[] = {
    {"add", wrong_lock_add, METH_O, NULL},
    {"get", locked_get, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

// ---- SuspendedSection: calls a function between the load and the store, inside the critical section. If the function
// detaches, the section is suspended, and what another thread adds meanwhile is overwritten. The twin calls it before.

static PyObject* suspended_section_update(PyObject* self, PyObject* function) {
    PyObject* result;
#ifdef TWIN
    result = PyObject_CallNoArgs(function);
#endif
    Py_BEGIN_CRITICAL_SECTION(self);
    long before = READ(((Locked*)self)->value);
#ifndef TWIN
    result = PyObject_CallNoArgs(function);
#endif
    WRITE(((Locked*)self)->value, before + 1);
    Py_END_CRITICAL_SECTION();
    return result;
}

// A function that detaches, as most do that wait for something.
static PyObject* breathe(PyObject* module, PyObject* unused) {
    (void)module, (void)unused;
    Py_BEGIN_ALLOW_THREADS;
    sched_yield();
    WINDOW(1);
    Py_END_ALLOW_THREADS;
    Py_RETURN_NONE;
}

static PyMethodDef suspended_section_methods[] = {
    {"update", suspended_section_update, METH_O, NULL},
    {"get", locked_get, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

// ---- LockOrder: takes the lock of the one it moves from, then that of the one it moves to. Two threads that move in
// opposite directions wait for each other if one comes between the other's two locks. The twin orders by address.

static PyObject* lock_order_move(PyObject* self, PyObject* argument) {
    if (!Py_IS_TYPE(argument, Py_TYPE(self)) || argument == self) {
        PyErr_SetString(PyExc_TypeError, "moves to another object of the same type");
        return NULL;
    }
    Locked *from = (Locked*)self, *to = (Locked*)argument, *first = from, *second = to;
#ifdef TWIN
    if (first > second) {
        first = to;
        second = from;
    }
#endif
    PyMutex_Lock(&first->mutex);
    WINDOW(1);
    PyMutex_Lock(&second->mutex);
    from->value -= 1;
    to->value += 1;
    PyMutex_Unlock(&second->mutex);
    PyMutex_Unlock(&first->mutex);
    Py_RETURN_NONE;
}

static PyMethodDef lock_order_methods[] = {
    {"move", lock_order_move, METH_O, NULL},
    {"get", locked_get, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

// ---- The module.

#define LOCKED_TYPE(name, methods)                                                                                     \
    static PyType_Slot methods##_slots[] = {{Py_tp_methods, methods}, {0, NULL}};                                      \
    static PyType_Spec methods##_spec = {"locks." name, sizeof(Locked), 0, Py_TPFLAGS_DEFAULT, methods##_slots}

LOCKED_TYPE("WrongLock", wrong_lock_methods);
LOCKED_TYPE("SuspendedSection", suspended_section_methods);
LOCKED_TYPE("LockOrder", lock_order_methods);

static PyMethodDef functions[] = {
    {"breathe", breathe, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

RACY_MODULE_WITH(locks, functions, &wrong_lock_methods_spec, &suspended_section_methods_spec, &lock_order_methods_spec)
