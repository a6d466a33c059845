// A module that is filled once in a process, by the main interpreter.
//
// nanobind's types, and what this project's modules keep for ever, are there once in a process. Filling a second module
// would replace what the objects of the first one use. Two ways lead there:
//
//   1. A subinterpreter. nanobind declares Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED, but on a GIL-enabled build those
//      that Py_NewInterpreter() makes, as mod_wsgi does, do not ask for it. They get an ImportError.
//   2. Importing again what somebody took out of sys.modules, as tests do. That gives the same members in a new module.
#pragma once

#include <nanobind/nanobind.h>

namespace ungil {

class ModuleOnce {
  public:
    using Fill = int (*)(PyObject*);

    // Lets `fill` of the module that NB_MODULE has made be reached through `instead` only; returns the module.
    PyObject* guard(PyObject* made, Fill instead) noexcept {
        auto* definition = reinterpret_cast<PyModuleDef*>(made);
        for (PyModuleDef_Slot* slot = definition ? definition->m_slots : nullptr; slot && slot->slot != 0; ++slot) {
            if (slot->slot == Py_mod_exec && !fill) {
                fill = reinterpret_cast<Fill>(slot->value);
                slot->value = reinterpret_cast<void*>(instead);
            }
        }
        return made;
    }

    // What the slot does instead; the import lock of the module's name is held.
    int execute(PyObject* module) noexcept {
        if (PyInterpreterState_GetID(PyInterpreterState_Get()) != 0) {
            return refuse(module);
        }
        if (filled) {
            return PyDict_Merge(PyModule_GetDict(module), PyModule_GetDict(filled), 0); // keeps __name__, __spec__, ...
        }
        const int result = fill(module);
        if (result == 0) {
            filled = Py_NewRef(module);
        }
        return result;
    }

  private:
    static int refuse(PyObject* module) noexcept {
        PyObject* name = PyModule_GetNameObject(module);
        if (name) {
            PyErr_Format(PyExc_ImportError,
                         "module %U does not support loading in subinterpreters: use it in the main interpreter", name);
            Py_DECREF(name);
        }
        return -1;
    }

    Fill fill = nullptr;
    PyObject* filled = nullptr; // for ever
};

} // namespace ungil

// NB_MODULE(name, m) for such a module. PyInit_...() cannot ask which interpreter imports, for CPython 3.13 calls it in the
// main one.
#define UNGIL_MODULE(name, m)                                                                                          \
    extern "C" PyObject* PyInit_##name##_unguarded();                                                                  \
    static ungil::ModuleOnce module##name;                                                                             \
    extern "C" NB_EXPORT PyObject* PyInit_##name() {                                                                   \
        return module##name.guard(PyInit_##name##_unguarded(),                                                         \
                                  [](PyObject* module) { return module##name.execute(module); });                      \
    }                                                                                                                  \
    NB_MODULE(name##_unguarded, m)
