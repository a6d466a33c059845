// The module of a file of racy twins.
//
// It declares on purpose what it cannot keep: under the GIL, which the interpreter would turn on without the
// declaration, no thread can come between two statements, and no test could catch a twin.
#pragma once

#include <Python.h>

#ifdef Py_mod_gil
#define RACY_GIL_SLOT {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#else
#define RACY_GIL_SLOT
#endif

static inline int racy_add_types(PyObject* module, PyType_Spec* const* specs, size_t count) {
    for (size_t index = 0; index < count; ++index) {
        PyObject* type = PyType_FromModuleAndSpec(module, specs[index], NULL);
        int added = type ? PyModule_AddType(module, (PyTypeObject*)type) : -1;
        Py_XDECREF(type);
        if (added != 0) {
            return -1;
        }
    }
    return 0;
}

// RACY_MODULE(name, &first_spec, &second_spec): the module `name` with these types, last in its file.
#define RACY_MODULE(name, ...) RACY_MODULE_WITH(name, NULL, __VA_ARGS__)

// The same with functions of its own, an array of PyMethodDef.
#define RACY_MODULE_WITH(name, functions, ...)                                                                         \
    static PyType_Spec* const racy_specs[] = {__VA_ARGS__};                                                            \
    static int racy_exec(PyObject* module) {                                                                           \
        return racy_add_types(module, racy_specs, sizeof(racy_specs) / sizeof(racy_specs[0]));                         \
    }                                                                                                                  \
    static PyModuleDef_Slot racy_slots[] = {{Py_mod_exec, racy_exec}, RACY_GIL_SLOT{0, NULL}};                         \
    static PyModuleDef racy_definition = {PyModuleDef_HEAD_INIT, .m_name = #name, .m_methods = functions,              \
                                          .m_slots = racy_slots};                                                      \
    PyMODINIT_FUNC PyInit_##name(void) {                                                                               \
        return PyModuleDef_Init(&racy_definition);                                                                     \
    }
