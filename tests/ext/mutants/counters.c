// Numbers that are read, looked at, and written.
#include "mutant.h"

typedef struct {
    PyObject_HEAD long value;
    long second;
} Numbers;

static PyObject* numbers_get(PyObject* self, PyObject* unused) {
    (void)unused;
    long value;
    LOCK(self);
    value = READ(((Numbers*)self)->value);
    UNLOCK();
    return PyLong_FromLong(value);
}

// ---- LostUpdate: what another thread adds between the load and the store is overwritten.

static PyObject* lost_update_add(PyObject* self, PyObject* amount) {
    long delta;
    if (!as_long(amount, &delta)) {
        return NULL;
    }
    LOCK(self);
    long before = READ(((Numbers*)self)->value);
    WINDOW(1);
    WRITE(((Numbers*)self)->value, before + delta);
    UNLOCK();
    Py_RETURN_NONE;
}

static PyMethodDef lost_update_methods[] = {
    {"add", lost_update_add, METH_O, NULL},
    {"get", numbers_get, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

// ---- OneInstruction: adds to memory in a single instruction, which is still a load and a store to other processors.
// What another one adds between the two is overwritten. The twin has the lock prefix. There is no window to stop at.

#ifdef TWIN
#define PREFIX "lock; "
#else
#define PREFIX ""
#endif

static PyObject* one_instruction_increment(PyObject* self, PyObject* unused) {
    (void)unused;
#ifdef __x86_64__
    __asm__ volatile(PREFIX "addq $1, %0" : "+m"(((Numbers*)self)->value) : : "cc");
#elif defined(TWIN)
    __atomic_fetch_add(&((Numbers*)self)->value, 1, __ATOMIC_RELAXED);
#else
    WRITE(((Numbers*)self)->value, READ(((Numbers*)self)->value) + 1);
#endif
    Py_RETURN_NONE;
}

static PyMethodDef one_instruction_methods[] = {
    {"increment", one_instruction_increment, METH_NOARGS, NULL},
    {"get", numbers_get, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

// ---- CheckThenAct: grants one claim. Whoever comes between the check and the store is granted another.

static PyObject* check_then_act_claim(PyObject* self, PyObject* unused) {
    (void)unused;
    int granted = 0;
    LOCK(self);
    if (READ(((Numbers*)self)->value) < 1) {
        WINDOW(1);
        WRITE(((Numbers*)self)->value, 1);
        granted = 1;
    }
    UNLOCK();
    return PyBool_FromLong(granted);
}

static PyMethodDef check_then_act_methods[] = {
    {"claim", check_then_act_claim, METH_NOARGS, NULL},
    {"get", numbers_get, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

// ---- CheckMax: keeps the largest number. A larger one that comes between the check and the store is overwritten.

static PyObject* check_max_raise_to(PyObject* self, PyObject* argument) {
    long value;
    if (!as_long(argument, &value)) {
        return NULL;
    }
    LOCK(self);
    if (value > READ(((Numbers*)self)->value)) {
        WINDOW(1);
        WRITE(((Numbers*)self)->value, value);
    }
    UNLOCK();
    Py_RETURN_NONE;
}

static PyMethodDef check_max_methods[] = {
    {"raise_to", check_max_raise_to, METH_O, NULL},
    {"get", numbers_get, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

// ---- TornPair: two numbers that belong together. Whoever reads between the two stores gets one of each pair.

static PyObject* torn_pair_set(PyObject* self, PyObject* argument) {
    long value;
    if (!as_long(argument, &value)) {
        return NULL;
    }
    LOCK(self);
    WRITE(((Numbers*)self)->value, value);
    WINDOW(1);
    WRITE(((Numbers*)self)->second, -value);
    UNLOCK();
    Py_RETURN_NONE;
}

static PyObject* torn_pair_get(PyObject* self, PyObject* unused) {
    (void)unused;
    long first, second;
    LOCK(self);
    first = READ(((Numbers*)self)->value);
    WINDOW(2);
    second = READ(((Numbers*)self)->second);
    UNLOCK();
    return Py_BuildValue("ll", first, second);
}

static PyMethodDef torn_pair_methods[] = {
    {"set", torn_pair_set, METH_O, NULL},
    {"get", torn_pair_get, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

// ---- The module.

#define NUMBERS(name, methods)                                                                                         \
    static PyType_Slot methods##_slots[] = {{Py_tp_methods, methods}, {0, NULL}};                                      \
    static PyType_Spec methods##_spec = {"counters." name, sizeof(Numbers), 0, Py_TPFLAGS_DEFAULT, methods##_slots}

NUMBERS("LostUpdate", lost_update_methods);
NUMBERS("OneInstruction", one_instruction_methods);
NUMBERS("CheckThenAct", check_then_act_methods);
NUMBERS("CheckMax", check_max_methods);
NUMBERS("TornPair", torn_pair_methods);

RACY_MODULE(counters, &lost_update_methods_spec, &one_instruction_methods_spec, &check_then_act_methods_spec,
            &check_max_methods_spec, &torn_pair_methods_spec)
