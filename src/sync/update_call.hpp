// Calling the function given to update(), so that one which updates its own object is an error and not an endless loop.
//
// The inner of two nested calls on one object changes the value, so the outer fails to store its own, calls the function
// again, and so on for ever; the same choice as the io module's "reentrant call". Only the function counts as inside:
// finalizers of what was replaced, and signal handlers between two attempts, may update. The record is per thread and on
// the heap, not a list through stack frames: switching libraries move those.
#pragma once

#include <Python.h>

namespace ungil::sync {

// function(value), a new reference. NULL with RuntimeError set where this thread is inside such a call for `self`, else
// with what the function raised, MemoryError, or what the comparison of two keys raised.
//
// `key` and `hash` tell calls on one mapping apart that do not change the same value. Keys of one hash are compared.
PyObject* call_to_update(PyObject* self, PyObject* function, PyObject* value, PyObject* key = nullptr,
                         Py_hash_t hash = 0);

} // namespace ungil::sync
