// AtomicReference: one Python object, replaced as a whole. The idiom for a strong reference that several threads read
// and write without a lock, and for what the garbage collector needs to know about it.
//
// An atomic pointer alone is not enough: between loading it and counting a reference to what it points at, another
// thread may replace and free that object. So
//
//   1. Whatever is stored went through enable_try_incref() before, and the cell owns a reference to it.
//   2. A reader loads the pointer, takes a reference with try_incref(), and loads the pointer again. The same pointer
//      twice means that the cell owned the object when the reference was taken: it is that object and it is alive.
//      Without the second look the reader may hold a new object in the block of the one that was freed.
//   3. What was replaced is released after the step: its destructor may run any code, this object's methods included.
//
// Memory order: sequentially consistent throughout, as in checked_int64.hpp. A store pairs with both loads of readers;
// that it releases is what makes the object's fields visible to whoever gets it.
#pragma once

#include "sync/raw.hpp"

#include <atomic>

namespace ungil::sync {

struct AtomicReference {
    std::atomic<PyObject*> value{Py_None}; // owned; None is immortal, so before __init__ nothing has to be counted

    AtomicReference() = default;
    AtomicReference(const AtomicReference&) = delete;
    AtomicReference& operator=(const AtomicReference&) = delete;
    ~AtomicReference() { Py_DECREF(value.load()); }
};

void bind_atomic_reference(nb::module_& m);

} // namespace ungil::sync
