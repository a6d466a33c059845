// Who is inside update() of what, so that a function which updates its own object is an error and not an endless loop.
#pragma once

#include <Python.h>

namespace ungil::sync {

// One call of self.update(function) on this thread. The inner of two nested calls on one object changes the value, so
// the outer fails to store its own, calls the function again, and so on for ever; the same choice as the io module's
// "reentrant call". The record is per thread and on the heap, not a list through stack frames: switching libraries move
// those.
//
// `key` and `hash` tell calls on one mapping apart that do not change the same value. Keys of one hash are compared.
class UpdateScope {
  public:
    explicit UpdateScope(PyObject* self, PyObject* key = nullptr, Py_hash_t hash = 0) noexcept;
    ~UpdateScope();
    UpdateScope(const UpdateScope&) = delete;
    UpdateScope& operator=(const UpdateScope&) = delete;

    // False where this call must not go on, with RuntimeError set, MemoryError or what the comparison of two keys raised.
    bool entered() const noexcept { return entered_; }

  private:
    PyObject* self_;
    PyObject* key_;
    bool entered_;
};

} // namespace ungil::sync
