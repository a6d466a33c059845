// What goes wrong only among three threads. Above each mutant stands why two are not enough, and with them a single stop:
// A stops once, anywhere, and B runs to its end. There is a window between any two steps that others can see.
#include "mutant.h"
#include "stack.h"

#include <stdatomic.h>

// ---- AbaThirdThread: a stack without a lock. take() takes a slot away, borrow() puts it back. A loads the top and what
// is below it; B borrows the top; C takes away what is now the top; B puts the first one back; A finds the top that it has
// loaded, and makes the slot that C has taken away the top again.
//
// Two threads: the same slot is on top twice, with another one below it, only if the other one was taken while the first
// was borrowed. Neither the one who borrows nor A can take it then, for both are in the middle of a call.

static PyObject* aba_third_thread_borrow(PyObject* self, PyObject* unused) {
    (void)unused;
    int slot;
    LOCK(self);
    slot = stack_pop((Stack*)self);
    if (slot != NOBODY) {
        WINDOW(5);
        stack_push((Stack*)self, slot);
    }
    UNLOCK();
    return PyBool_FromLong(slot != NOBODY);
}

static PyMethodDef aba_third_thread_methods[] = {
    {"take", stack_take, METH_NOARGS, NULL},
    {"borrow", aba_third_thread_borrow, METH_NOARGS, NULL},
    {"left", stack_left, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

// ---- StrandedItem: submit() adds an item to those that wait, and works on all of them unless another thread does. Who
// has worked looks once more, for what came before it said that it is done; it should look until nothing has. An item
// that comes before it has said so for the second time waits for ever: a wakeup is lost.
//
// One stop: whatever comes while A stops, once, is there when A looks again. Only what comes while A stops a second time,
// having looked again because of what came the first time, is left.

typedef struct {
    PyObject_HEAD _Atomic long waiting;
    _Atomic int working;
    _Atomic long done;
} StrandedItem;

static void work(StrandedItem* self) {
    long items;
    WINDOW(2);
    while ((items = atomic_exchange(&self->waiting, 0)) != 0) {
        WINDOW(3);
        atomic_fetch_add(&self->done, items);
    }
    WINDOW(4);
    atomic_store(&self->working, 0);
}

static PyObject* stranded_item_submit(PyObject* object, PyObject* unused) {
    (void)unused;
    StrandedItem* self = (StrandedItem*)object;
    LOCK(object);
    atomic_fetch_add(&self->waiting, 1);
    WINDOW(1);
    for (int look = 0; look < 2 && atomic_load(&self->waiting) != 0; ++look) {
        WINDOW(5);
        if (atomic_exchange(&self->working, 1)) {
            break;
        }
        work(self);
        WINDOW(6);
    }
    UNLOCK();
    Py_RETURN_NONE;
}

// How many items wait, and how many are done; not while others submit.
static PyObject* stranded_item_counts(PyObject* object, PyObject* unused) {
    (void)unused;
    StrandedItem* self = (StrandedItem*)object;
    return Py_BuildValue("ll", self->waiting, self->done);
}

static PyMethodDef stranded_item_methods[] = {
    {"submit", stranded_item_submit, METH_NOARGS, NULL},
    {"counts", stranded_item_counts, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

// ---- LockCycle: three locks in a circle; use(n) takes one and the next. Three threads that each hold one wait for each
// other. The twin takes them in order.
//
// Two threads: they have one lock in common, or both, and then both take the same one first.

typedef struct {
    PyObject_HEAD PyMutex locks[3];
    long uses;
} LockCycle;

static PyObject* lock_cycle_use(PyObject* object, PyObject* argument) {
    LockCycle* self = (LockCycle*)object;
    long number;
    if (!as_long(argument, &number)) {
        return NULL;
    }
    int first = (int)(number & 0xffff) % 3, second = (first + 1) % 3;
#ifdef TWIN
    if (first > second) {
        first = 0;
        second = 2;
    }
#endif
    PyMutex_Lock(&self->locks[first]);
    WINDOW(1);
    PyMutex_Lock(&self->locks[second]);
    __atomic_fetch_add(&self->uses, 1, __ATOMIC_RELAXED);
    PyMutex_Unlock(&self->locks[second]);
    WINDOW(2);
    PyMutex_Unlock(&self->locks[first]);
    Py_RETURN_NONE;
}

static PyObject* lock_cycle_uses(PyObject* self, PyObject* unused) {
    (void)unused;
    return PyLong_FromLong(((LockCycle*)self)->uses);
}

static PyMethodDef lock_cycle_methods[] = {
    {"use", lock_cycle_use, METH_O, NULL},
    {"uses", lock_cycle_uses, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

// ---- The module.

static PyType_Slot aba_third_thread_slots[] = {
    {Py_tp_new, stack_new},
    {Py_tp_methods, aba_third_thread_methods},
    {0, NULL},
};

static PyType_Slot stranded_item_slots[] = {{Py_tp_methods, stranded_item_methods}, {0, NULL}};
static PyType_Slot lock_cycle_slots[] = {{Py_tp_methods, lock_cycle_methods}, {0, NULL}};

#define SPEC(name, struct, prefix)                                                                                     \
    static PyType_Spec prefix##_spec = {"three_threads." name, sizeof(struct), 0, Py_TPFLAGS_DEFAULT, prefix##_slots}

SPEC("AbaThirdThread", Stack, aba_third_thread);
SPEC("StrandedItem", StrandedItem, stranded_item);
SPEC("LockCycle", LockCycle, lock_cycle);

RACY_MODULE(three_threads, &aba_third_thread_spec, &stranded_item_spec, &lock_cycle_spec)
