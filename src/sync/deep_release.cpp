#include "sync/deep_release.hpp"

#include <new>
#include <vector>

namespace ungil::sync {

namespace {

// On the heap for the reason that update_call.hpp gives. Only ever touched by its own thread.
thread_local std::vector<PyObject*> handed_over;
thread_local bool releasing = false;

} // namespace

void release_later(PyObject* object) noexcept {
    try {
        handed_over.push_back(object);
    } catch (const std::bad_alloc&) {
        Py_DECREF(object);
    }
}

void release_handed_over() noexcept {
    if (releasing) {
        return;
    }
    releasing = true;
    while (!handed_over.empty()) {
        PyObject* object = handed_over.back();
        handed_over.pop_back();
        Py_DECREF(object);
    }
    releasing = false;
}

} // namespace ungil::sync
