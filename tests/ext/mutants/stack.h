// A stack of equal slots without a lock, and without the version in its top that it would need.
//
// pop() loads the top and what is below it, and takes the top if it is still the same. If others have meanwhile taken
// both and put the first one back, it is; and what was below it, which is gone, becomes the top.
//
// There is a window between any two steps that others can see.
#pragma once

#include "mutant.h"

#include <stdatomic.h>

enum { SLOTS = 8, NOBODY = -1 };

typedef struct {
    PyObject_HEAD _Atomic int top;
    _Atomic int below[SLOTS];
} Stack;

static inline PyObject* stack_new(PyTypeObject* type, PyObject* args, PyObject* kwargs) {
    (void)args, (void)kwargs;
    Stack* self = (Stack*)type->tp_alloc(type, 0);
    for (int slot = 0; self != NULL && slot < SLOTS; ++slot) {
        self->below[slot] = slot + 1 < SLOTS ? slot + 1 : NOBODY;
    }
    return (PyObject*)self;
}

static inline int stack_pop(Stack* self) {
    int top = atomic_load(&self->top);
    for (;;) {
        if (top == NOBODY) {
            return NOBODY;
        }
        WINDOW(1);
        int below = atomic_load(&self->below[top]);
        WINDOW(2);
        if (atomic_compare_exchange_strong(&self->top, &top, below)) {
            return top;
        }
    }
}

static inline void stack_push(Stack* self, int slot) {
    int top = atomic_load(&self->top);
    do {
        WINDOW(3);
        atomic_store(&self->below[slot], top);
        WINDOW(4);
    } while (!atomic_compare_exchange_strong(&self->top, &top, slot));
}

// A method: takes a slot away; whether there was one.
static inline PyObject* stack_take(PyObject* self, PyObject* unused) {
    (void)unused;
    int slot;
    LOCK(self);
    slot = stack_pop((Stack*)self);
    UNLOCK();
    return PyBool_FromLong(slot != NOBODY);
}

// A method: how many slots are left; not while others take them.
static inline PyObject* stack_left(PyObject* self, PyObject* unused) {
    (void)unused;
    long count = 0;
    for (int slot = ((Stack*)self)->top; slot != NOBODY && count <= SLOTS; slot = ((Stack*)self)->below[slot]) {
        ++count;
    }
    return PyLong_FromLong(count);
}
