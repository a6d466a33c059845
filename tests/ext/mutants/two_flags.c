// Two stops, with a flag that says who may.
//
// What is here goes wrong only if two calls are interrupted, each by the other: A stops at one place, B runs to another and
// stops there, A runs to its end, then B does. Above each mutant stands why one stop is not enough: a call that runs
// from its beginning to its end while another is stopped does no harm, wherever that is.
//
// There is a window between any two steps that others can see, so a test can try every single stop.
#include "mutant.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>

// ---- OwnerCheck: who finds no owner becomes the owner and adds to a plain number; everybody else adds to a number that
// is atomic. Two threads that both find no owner are both owners, and one addition is lost.
//
// One stop: before A is the owner, B may come and go, and leaves no owner behind. After that B finds A and takes the
// other number. Only a B that stops while it is the owner, until A has taken that from it and has ended, loses.

typedef struct {
    PyObject_HEAD _Atomic uintptr_t owner; // 0 for none
    long value;
    _Atomic long others;
} OwnerCheck;

// The address of what is one for each thread names the thread.
static _Thread_local char myself;

static int become_owner(OwnerCheck* self) {
    uintptr_t me = (uintptr_t)&myself, none = 0;
#ifdef TWIN
    return atomic_compare_exchange_strong(&self->owner, &none, me);
#else
    if (atomic_load(&self->owner) != none) {
        return 0;
    }
    WINDOW(1);
    atomic_store(&self->owner, me);
    WINDOW(2);
    return atomic_load(&self->owner) == me;
#endif
}

static PyObject* owner_check_add(PyObject* object, PyObject* argument) {
    OwnerCheck* self = (OwnerCheck*)object;
    long amount;
    if (!as_long(argument, &amount)) {
        return NULL;
    }
    if (become_owner(self)) {
        WINDOW(3);
        long before = READ(self->value);
        WINDOW(4);
        WRITE(self->value, before + amount);
        WINDOW(5);
        atomic_store(&self->owner, 0);
    } else {
        atomic_fetch_add(&self->others, amount);
    }
    Py_RETURN_NONE;
}

// Not while others add.
static PyObject* owner_check_get(PyObject* self, PyObject* unused) {
    (void)unused;
    return PyLong_FromLong(((OwnerCheck*)self)->value + ((OwnerCheck*)self)->others);
}

static PyMethodDef owner_check_methods[] = {
    {"add", owner_check_add, METH_O, NULL},
    {"get", owner_check_get, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

// ---- ScratchBuffer: who finds the object's buffer free takes it; everybody else uses one on the stack. Two threads that
// both find it free both take it, and one makes a string of what the other wrote.
//
// One stop: before A has taken the buffer, B may take it and give it back. After that B finds it taken. Only a B that
// stops between writing and reading, until A has written too, reads what A wrote.

enum { WIDTH = 32 };

typedef struct {
    PyObject_HEAD _Atomic int taken;
    char scratch[WIDTH];
} ScratchBuffer;

static int take(_Atomic int* taken) {
#ifdef TWIN
    return !atomic_exchange(taken, 1);
#else
    if (atomic_load(taken)) {
        return 0;
    }
    WINDOW(1);
    atomic_store(taken, 1);
    return 1;
#endif
}

static PyObject* scratch_buffer_format(PyObject* object, PyObject* argument) {
    ScratchBuffer* self = (ScratchBuffer*)object;
    long value;
    if (!as_long(argument, &value)) {
        return NULL;
    }
    char local[WIDTH];
    int mine = take(&self->taken);
    char* buffer = mine ? self->scratch : local;
    WINDOW(2);
    snprintf(buffer, WIDTH, "%ld", value);
    WINDOW(3);
    PyObject* result = PyUnicode_FromString(buffer);
    WINDOW(4);
    if (mine) {
        atomic_store(&self->taken, 0);
    }
    return result;
}

static PyMethodDef scratch_buffer_methods[] = {
    {"format", scratch_buffer_format, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

// ---- The module.

static PyType_Slot owner_check_slots[] = {{Py_tp_methods, owner_check_methods}, {0, NULL}};
static PyType_Slot scratch_buffer_slots[] = {{Py_tp_methods, scratch_buffer_methods}, {0, NULL}};

#define SPEC(name, prefix)                                                                                             \
    static PyType_Spec prefix##_spec = {"two_flags." #name, sizeof(name), 0, Py_TPFLAGS_DEFAULT, prefix##_slots}

SPEC(OwnerCheck, owner_check);
SPEC(ScratchBuffer, scratch_buffer);

RACY_MODULE(two_flags, &owner_check_spec, &scratch_buffer_spec)
