// What the hammer is to find, one method for each kind, and with -DCORRECT the same without the fault. Neither says that
// its calls are atomic in another way than by being so.
#include "racy_module.h"

#include <stdatomic.h>

#ifdef CORRECT
#define BEGIN_LOCKED(self) Py_BEGIN_CRITICAL_SECTION(self)
#define END_LOCKED() Py_END_CRITICAL_SECTION()
#else
#define BEGIN_LOCKED(self) {
#define END_LOCKED() }
#endif

typedef struct {
    PyObject_HEAD volatile long count;
    char* volatile buffer;
    PyObject* volatile label;
    PyMutex first, second;
    _Atomic long next, serving;
} Hunted;

static PyObject* hunted_new(PyTypeObject* type, PyObject* args, PyObject* kwargs) {
    (void)args;
    (void)kwargs;
    Hunted* self = (Hunted*)type->tp_alloc(type, 0);
    if (self) {
        self->buffer = malloc(200);
    }
    return (PyObject*)self;
}

static void hunted_dealloc(PyObject* object) {
    Hunted* self = (Hunted*)object;
    PyTypeObject* type = Py_TYPE(object);
    free(self->buffer);
    Py_XDECREF(self->label);
    type->tp_free(object);
    Py_DECREF(type);
}

// ---- A lost update: a load and a store.

static PyObject* hunted_add(PyObject* object, PyObject* unused) {
    (void)unused;
    Hunted* self = (Hunted*)object;
    BEGIN_LOCKED(object);
    long count = self->count;
    self->count = count + 1;
    END_LOCKED();
    Py_RETURN_NONE;
}

static PyObject* hunted_total(PyObject* object, PyObject* unused) {
    (void)unused;
    return PyLong_FromLong(((Hunted*)object)->count);
}

// ---- A crash: both threads free the buffer that both have found.

static PyObject* hunted_renew(PyObject* object, PyObject* unused) {
    (void)unused;
    Hunted* self = (Hunted*)object;
    BEGIN_LOCKED(object);
    char* old = self->buffer;
    self->buffer = malloc(200);
    free(old);
    END_LOCKED();
    Py_RETURN_NONE;
}

// ---- A deadlock: two locks, taken in two orders.

static void lock_both(PyMutex* one, PyMutex* other) {
    PyMutex_Lock(one);
    PyMutex_Lock(other);
    PyMutex_Unlock(other);
    PyMutex_Unlock(one);
}

static PyObject* hunted_forth(PyObject* object, PyObject* unused) {
    (void)unused;
    lock_both(&((Hunted*)object)->first, &((Hunted*)object)->second);
    Py_RETURN_NONE;
}

static PyObject* hunted_back(PyObject* object, PyObject* unused) {
    (void)unused;
#ifdef CORRECT
    lock_both(&((Hunted*)object)->first, &((Hunted*)object)->second);
#else
    lock_both(&((Hunted*)object)->second, &((Hunted*)object)->first);
#endif
    Py_RETURN_NONE;
}

// ---- A hang: a lock that hands out numbers, and may give the same one twice. The correct one spins, too.

static PyObject* hunted_queue(PyObject* object, PyObject* unused) {
    (void)unused;
    Hunted* self = (Hunted*)object;
#ifdef CORRECT
    long number = atomic_fetch_add(&self->next, 1);
#else
    long number = atomic_load(&self->next);
    atomic_store(&self->next, number + 1);
#endif
    while (atomic_load(&self->serving) != number) {
    }
    atomic_fetch_add(&self->serving, 1);
    Py_RETURN_NONE;
}

// ---- Growth: a label that is made when it is first asked for; of two threads that make one, one is lost.

static PyObject* hunted_label(PyObject* object, PyObject* unused) {
    (void)unused;
    Hunted* self = (Hunted*)object;
    PyObject* label;
    BEGIN_LOCKED(object);
    if (!self->label) {
        self->label = PyBytes_FromString("a label");
    }
    label = Py_XNewRef(self->label);
    END_LOCKED();
    return label;
}

static PyMethodDef hunted_methods[] = {
    {"add", hunted_add, METH_NOARGS, NULL},     {"total", hunted_total, METH_NOARGS, NULL},
    {"renew", hunted_renew, METH_NOARGS, NULL}, {"forth", hunted_forth, METH_NOARGS, NULL},
    {"back", hunted_back, METH_NOARGS, NULL},   {"queue", hunted_queue, METH_NOARGS, NULL},
    {"label", hunted_label, METH_NOARGS, NULL}, {NULL, NULL, 0, NULL},
};

static PyType_Slot hunted_slots[] = {
    {Py_tp_new, hunted_new}, {Py_tp_dealloc, hunted_dealloc}, {Py_tp_methods, hunted_methods}, {0, NULL}};

static PyType_Spec hunted_spec = {"hunted.Hunted", sizeof(Hunted), 0, Py_TPFLAGS_DEFAULT, hunted_slots};

RACY_MODULE(hunted, &hunted_spec)
