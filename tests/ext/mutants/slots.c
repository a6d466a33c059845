// Numbered slots that are handed out and given back.
#include "mutant.h"
#include "stack.h"

enum { NUMBERS = 4 };

// ---- FreelistPool: numbers from 0 to 3 on a stack. Two threads that load the same length take the same number, or give
// theirs back to the same place.

typedef struct {
    PyObject_HEAD long length;
    long free[NUMBERS];
} Pool;

static PyObject* pool_new(PyTypeObject* type, PyObject* args, PyObject* kwargs) {
    (void)args, (void)kwargs;
    Pool* self = (Pool*)type->tp_alloc(type, 0);
    if (self != NULL) {
        for (self->length = 0; self->length < NUMBERS; ++self->length) {
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
    if (length < NUMBERS) {
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

// ---- AbaStack: a stack without a lock. take() takes the top away, and trim() what is below it, by way of taking both and
// putting the first one back. Who trims between take()'s loads and its exchange does not keep it from taking the top, and
// what was trimmed is there again.

static PyObject* aba_stack_trim(PyObject* self, PyObject* unused) {
    (void)unused;
    LOCK(self);
    int top = stack_pop((Stack*)self);
    if (top != NOBODY) {
        stack_pop((Stack*)self);
        stack_push((Stack*)self, top);
    }
    UNLOCK();
    Py_RETURN_NONE;
}

static PyMethodDef aba_stack_methods[] = {
    {"take", stack_take, METH_NOARGS, NULL},
    {"trim", aba_stack_trim, METH_NOARGS, NULL},
    {"left", stack_left, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

// ---- The module.

static PyType_Slot freelist_pool_slots[] = {{Py_tp_new, pool_new}, {Py_tp_methods, freelist_pool_methods}, {0, NULL}};
static PyType_Slot aba_stack_slots[] = {{Py_tp_new, stack_new}, {Py_tp_methods, aba_stack_methods}, {0, NULL}};

static PyType_Spec freelist_pool_spec = {"slots.FreelistPool", sizeof(Pool), 0, Py_TPFLAGS_DEFAULT,
                                         freelist_pool_slots};
static PyType_Spec aba_stack_spec = {"slots.AbaStack", sizeof(Stack), 0, Py_TPFLAGS_DEFAULT, aba_stack_slots};

RACY_MODULE(slots, &freelist_pool_spec, &aba_stack_spec)
