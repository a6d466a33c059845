// AtomicReference: one Python object, replaced as a whole. The idiom for a strong reference that several threads read
// and write, and for what the garbage collector needs to know about it.
//
// An atomic pointer alone is not enough: between loading it and counting a reference to what it points at, another
// thread may replace and free that object. So the pointer is read and counted in one critical section of the object
// that holds it:
//
//   1. `value` is read or written only inside load(), swap() and swap_if(), which hold self's critical section.
//      Exceptions: the destructor (nobody else has a reference) and traverse (the collector has stopped every thread).
//   2. Inside the section a pointer is copied and a count is raised. Neither runs Python code: it is never suspended.
//   3. What was replaced is released after it: its destructor may run any code, this object's methods included.
#pragma once

#include "sync/raw.hpp"

namespace ungil::sync {

struct AtomicReference {
    PyObject* value = nullptr; // owned; nullptr, before __init__ and after the collector's clear, reads as None

    AtomicReference() = default;
    AtomicReference(const AtomicReference&) = delete;
    AtomicReference& operator=(const AtomicReference&) = delete;
    ~AtomicReference() { Py_XDECREF(value); }
};

void bind_atomic_reference(nb::module_& m);

} // namespace ungil::sync
