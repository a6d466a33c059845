#include "sync/update_scope.hpp"

#include <algorithm>
#include <new>
#include <vector>

namespace ungil::sync {

namespace {

// Borrowed: the callers of update() keep their objects alive. Only ever touched by its own thread.
thread_local std::vector<PyObject*> being_updated;

bool enter(PyObject* self) noexcept {
    if (std::find(being_updated.begin(), being_updated.end(), self) != being_updated.end()) {
        PyErr_SetString(PyExc_RuntimeError,
                        "reentrant update(): the function given to update() must not update the same "
                        "object; it gets the value and returns the next one");
        return false;
    }
    try {
        being_updated.push_back(self);
    } catch (const std::bad_alloc&) {
        PyErr_NoMemory();
        return false;
    }
    return true;
}

} // namespace

UpdateScope::UpdateScope(PyObject* self) noexcept : self_(self), entered_(enter(self)) {}

UpdateScope::~UpdateScope() {
    if (entered_) {
        being_updated.erase(std::find(being_updated.begin(), being_updated.end(), self_));
    }
}

} // namespace ungil::sync
