/* A module that says about the GIL what the macros ask for, in each way that there is. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdlib.h>

#ifndef NAME
#define NAME says
#endif
#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)
#define JOINED_OF(a, b) a##b
#define JOINED(a, b) JOINED_OF(a, b)
#define INIT JOINED(PyInit_, NAME)

static int run(PyObject* module) {
#ifdef CRASHES
    abort();
#endif
#ifdef HANGS
    for (;;) {
        (void)PyErr_CheckSignals();
    }
#endif
#ifdef IMPORTS
    PyObject* imported = PyImport_ImportModule(TEXT(IMPORTS));
    if (imported == NULL) {
        return -1;
    }
    Py_DECREF(imported);
#endif
    return PyModule_AddIntConstant(module, "answer", 42);
}

#if defined(SINGLE_PHASE)

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, .m_name = TEXT(NAME), .m_size = -1};

PyMODINIT_FUNC INIT(void) {
    PyObject* module = PyModule_Create(&definition);
    if (module == NULL) {
        return NULL;
    }
#if defined(SET_GIL) && defined(Py_GIL_DISABLED)
    PyUnstable_Module_SetGIL(module, SET_GIL);
#endif
    if (run(module) < 0) {
        Py_DECREF(module);
        return NULL;
    }
    return module;
}

#elif defined(EXPORT_HOOK)

PyABIInfo_VAR(abi);
static PySlot slots[] = {
    PySlot_STATIC_DATA(Py_mod_name, TEXT(NAME)),
    PySlot_STATIC_DATA(Py_mod_abi, &abi),
    PySlot_FUNC(Py_mod_exec, run),
    PySlot_DATA(Py_mod_gil, SLOT),
    PySlot_END,
};

PyMODEXPORT_FUNC JOINED(PyModExport_, NAME)(void) {
    return slots;
}

#elif defined(FILLED)

static struct PyModuleDef_Slot slots[8];
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, .m_name = TEXT(NAME), .m_slots = slots};

PyMODINIT_FUNC INIT(void) {
    slots[0] = (struct PyModuleDef_Slot){Py_mod_exec, run};
    slots[1] = (struct PyModuleDef_Slot){Py_mod_gil, SLOT};
    return PyModuleDef_Init(&definition);
}

#elif defined(LIES)

static struct PyModuleDef_Slot slots[] = {{Py_mod_exec, run}, {Py_mod_gil, Py_MOD_GIL_NOT_USED}, {0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, .m_name = TEXT(NAME), .m_slots = slots};

PyMODINIT_FUNC INIT(void) {
    slots[1].value = Py_MOD_GIL_USED;
    return PyModuleDef_Init(&definition);
}

#else

static struct PyModuleDef_Slot slots[] = {
    {Py_mod_exec, run},
#ifdef SLOT
    {Py_mod_gil, SLOT},
#endif
    {0, NULL},
};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, .m_name = TEXT(NAME), .m_slots = slots};

PyMODINIT_FUNC INIT(void) {
    return PyModuleDef_Init(&definition);
}

#endif
