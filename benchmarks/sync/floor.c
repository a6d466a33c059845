// The floor: a method that does nothing, one that is a single atomic instruction, and that instruction without a method.
//
// What the primitives cost is told against this, since how long a call and a cache line's way to another core take
// differs from machine to machine.
#include <Python.h>

#include <stdatomic.h>

enum { CACHE_LINE = 64, MANY = 1000 };

// Two lines behind the object's header: one of them is whole, and nobody else's.
typedef struct {
    PyObject_HEAD char room[2 * CACHE_LINE];
} Floor;

static atomic_llong* own_line(PyObject* self) {
    uintptr_t start = (uintptr_t)((Floor*)self)->room;
    return (atomic_llong*)((start + CACHE_LINE - 1) & ~(uintptr_t)(CACHE_LINE - 1));
}

static PyObject* nothing(PyObject* self, PyObject* unused) {
    (void)self;
    (void)unused;
    Py_RETURN_NONE;
}

// Relaxed, here and below: nothing is published by it, and on x86-64 every order is the same instruction.
static PyObject* increment(PyObject* self, PyObject* unused) {
    (void)unused;
    return PyLong_FromLongLong(atomic_fetch_add_explicit(own_line(self), 1, memory_order_relaxed) + 1);
}

static PyObject* fetch_add_thousand(PyObject* self, PyObject* unused) {
    (void)unused;
    atomic_llong* value = own_line(self);
    for (int turn = 0; turn < MANY; turn++) {
        atomic_fetch_add_explicit(value, 1, memory_order_relaxed);
    }
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"nothing", nothing, METH_NOARGS, "Return None."},
    {"increment", increment, METH_NOARGS, "Add 1, and return the sum."},
    {"fetch_add_thousand", fetch_add_thousand, METH_NOARGS, "Add 1, a thousand times."},
    {NULL, NULL, 0, NULL},
};

static PyTypeObject floor_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "floor.Floor",
    .tp_basicsize = sizeof(Floor),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_new = PyType_GenericNew,
    .tp_methods = methods,
};

static int execute(PyObject* module) {
    return PyModule_AddType(module, &floor_type);
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, (void*)execute},
#ifdef Py_mod_gil
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, NULL},
};

static PyModuleDef definition = {PyModuleDef_HEAD_INIT, .m_name = "floor", .m_slots = slots};

PyMODINIT_FUNC PyInit_floor(void) {
    return PyModuleDef_Init(&definition);
}
