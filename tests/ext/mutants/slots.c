// Numbered slots that are handed out and given back.
#include "mutant.h"

#include <stdatomic.h>

enum { SLOTS = 4, NOBODY = -1 };

// ---- FreelistPool: numbers from 0 to 3 on a stack. Two threads that load the same length take the same number, or give
// theirs back to the same place.

typedef struct {
    PyObject_HEAD long length;
    long free[SLOTS];
} Pool;

static PyObject* pool_new(PyTypeObject* type, PyObject* args, PyObject* kwargs) {
    (void)args, (void)kwargs;
    Pool* self = (Pool*)type->tp_alloc(type, 0);
    if (self != NULL) {
        for (self->length = 0; self->length < SLOTS; ++self->length) {
            self->free[self->length] = self->length;
        }
    }
    return (PyObject*)self;
}

static PyObject* freelist_pool_take(PyObject* self, PyObject* unused) {
    (void)unused;
    Pool* pool = (Pool*)self;
    long taken = NOBODY;
    LOCK(self);
    long length = READ(pool->length);
    if (length > 0) {
        taken = READ(pool->free[length - 1]);
        WINDOW(1);
        WRITE(pool->length, length - 1);
    }
    UNLOCK();
    return PyLong_FromLong(taken);
}

static PyObject* freelist_pool_give(PyObject* self, PyObject* argument) {
    Pool* pool = (Pool*)self;
    long number;
    if (!as_long(argument, &number)) {
        return NULL;
    }
    LOCK(self);
    long length = READ(pool->length);
    if (length < SLOTS) {
        WRITE(pool->free[length], number);
        WINDOW(2);
        WRITE(pool->length, length + 1);
    }
    UNLOCK();
    Py_RETURN_NONE;
}

static PyMethodDef freelist_pool_methods[] = {
    {"take", freelist_pool_take, METH_NOARGS, NULL},
    {"give", freelist_pool_give, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

// ---- AbaStack: a stack of slots without a lock. pop() loads the top and what is below it, and takes the top if it is
// still the same. If others have meanwhile taken both and put the first one back, it is; and what was below it, which
// somebody holds, becomes the top.

typedef struct {
    PyObject_HEAD _Atomic long top;
    _Atomic long below[SLOTS];
    _Atomic int held[SLOTS]; // by whoever has popped it
} Stack;

static PyObject* stack_new(PyTypeObject* type, PyObject* args, PyObject* kwargs) {
    (void)args, (void)kwargs;
    Stack* self = (Stack*)type->tp_alloc(type, 0);
    for (long slot = 0; self != NULL && slot < SLOTS; ++slot) {
        self->below[slot] = slot + 1 < SLOTS ? slot + 1 : NOBODY;
    }
    return (PyObject*)self;
}

static PyObject* aba_stack_pop(PyObject* self, PyObject* unused) {
    (void)unused;
    Stack* stack = (Stack*)self;
    long top, below;
    LOCK(self);
    do {
        top = atomic_load(&stack->top);
        if (top == NOBODY) {
            break;
        }
        below = atomic_load(&stack->below[top]);
        WINDOW(1);
    } while (!atomic_compare_exchange_strong(&stack->top, &top, below));
    if (top != NOBODY) {
        atomic_store(&stack->held[top], 1);
    }
    UNLOCK();
    return PyLong_FromLong(top);
}

static PyObject* aba_stack_push(PyObject* self, PyObject* argument) {
    Stack* stack = (Stack*)self;
    long slot;
    if (!as_long(argument, &slot)) {
        return NULL;
    }
    int was_held = 0;
    LOCK(self);
    if (slot >= 0 && slot < SLOTS && (was_held = atomic_exchange(&stack->held[slot], 0))) {
        long top = atomic_load(&stack->top);
        do {
            atomic_store(&stack->below[slot], top);
        } while (!atomic_compare_exchange_strong(&stack->top, &top, slot));
    }
    UNLOCK();
    return PyBool_FromLong(was_held);
}

// The slots from the top down; not while others push and pop.
static PyObject* aba_stack_numbers(PyObject* self, PyObject* unused) {
    (void)unused;
    Stack* stack = (Stack*)self;
    PyObject* slots = PyList_New(0);
    long slot = stack->top;
    for (int seen = 0; slots != NULL && slot != NOBODY && seen < SLOTS; ++seen) {
        PyObject* number = PyLong_FromLong(slot);
        if (number == NULL || PyList_Append(slots, number) != 0) {
            Py_CLEAR(slots);
        }
        Py_XDECREF(number);
        slot = stack->below[slot];
    }
    return slots;
}

static PyMethodDef aba_stack_methods[] = {
    {"pop", aba_stack_pop, METH_NOARGS, NULL},
    {"push", aba_stack_push, METH_O, NULL},
    {"slots", aba_stack_numbers, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

// ---- The module.

static PyType_Slot freelist_pool_slots[] = {{Py_tp_new, pool_new}, {Py_tp_methods, freelist_pool_methods}, {0, NULL}};
static PyType_Slot aba_stack_slots[] = {{Py_tp_new, stack_new}, {Py_tp_methods, aba_stack_methods}, {0, NULL}};

static PyType_Spec freelist_pool_spec = {"slots.FreelistPool", sizeof(Pool), 0, Py_TPFLAGS_DEFAULT,
                                         freelist_pool_slots};
static PyType_Spec aba_stack_spec = {"slots.AbaStack", sizeof(Stack), 0, Py_TPFLAGS_DEFAULT, aba_stack_slots};

RACY_MODULE(slots, &freelist_pool_spec, &aba_stack_spec)
