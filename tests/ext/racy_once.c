// The twins of Once and Lazy with the hazard left in. Both call Python between their two steps, so the GIL does not
// hide what is wrong with them: it is handed on while the function runs.
#include "racy_module.h"

// ---- RacyOnce: look, run, remember. Two threads that look before either remembers both run.

typedef struct {
    PyObject_HEAD int done;
} RacyOnce;

static PyObject* once_run(PyObject* self, PyObject* function) {
    if (((RacyOnce*)self)->done) {
        Py_RETURN_FALSE;
    }
    PyObject* result = PyObject_CallNoArgs(function);
    if (result == NULL) {
        return NULL;
    }
    Py_DECREF(result);
    ((RacyOnce*)self)->done = 1;
    Py_RETURN_TRUE;
}

static PyMethodDef once_methods[] = {
    {"run", once_run, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot once_slots[] = {
    {Py_tp_methods, once_methods},
    {0, NULL},
};

static PyType_Spec once_spec = {"racy_once.RacyOnce", sizeof(RacyOnce), 0, Py_TPFLAGS_DEFAULT, once_slots};

// ---- RacyLazy: says that the value is ready before it is there. Who comes in between gets None.

typedef struct {
    PyObject_HEAD int ready;
    PyObject* function;
    PyObject* value;
} RacyLazy;

static int lazy_init(PyObject* self, PyObject* args, PyObject* kwargs) {
    (void)kwargs;
    PyObject* function;
    if (!PyArg_ParseTuple(args, "O", &function)) {
        return -1;
    }
    ((RacyLazy*)self)->function = Py_NewRef(function);
    return 0;
}

static void lazy_dealloc(PyObject* self) {
    PyTypeObject* type = Py_TYPE(self);
    Py_XDECREF(((RacyLazy*)self)->function);
    Py_XDECREF(((RacyLazy*)self)->value);
    type->tp_free(self);
    Py_DECREF(type);
}

// The value is never replaced: the thread that loses the race for `ready` would otherwise free what others read.
static PyObject* lazy_get(PyObject* self, PyObject* unused) {
    (void)unused;
    RacyLazy* lazy = (RacyLazy*)self;
    if (!lazy->ready) {
        lazy->ready = 1;
        PyObject* value = PyObject_CallNoArgs(lazy->function);
        if (value == NULL || lazy->value != NULL) {
            return value;
        }
        lazy->value = value;
    }
    return Py_NewRef(lazy->value ? lazy->value : Py_None);
}

static PyMethodDef lazy_methods[] = {
    {"get", lazy_get, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot lazy_slots[] = {
    {Py_tp_init, lazy_init},
    {Py_tp_dealloc, lazy_dealloc},
    {Py_tp_methods, lazy_methods},
    {0, NULL},
};

static PyType_Spec lazy_spec = {"racy_once.RacyLazy", sizeof(RacyLazy), 0, Py_TPFLAGS_DEFAULT, lazy_slots};

RACY_MODULE(racy_once, &once_spec, &lazy_spec)
