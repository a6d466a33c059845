#include "sync/update_scope.hpp"

#include <algorithm>
#include <new>
#include <utility>
#include <vector>

namespace ungil::sync {

namespace {

using Record = std::pair<PyObject*, Py_hash_t>;

// Borrowed: the callers of update() keep their objects alive. Only ever touched by its own thread.
thread_local std::vector<Record> being_updated;

bool enter(const Record& record) noexcept {
    if (std::find(being_updated.begin(), being_updated.end(), record) != being_updated.end()) {
        PyErr_SetString(PyExc_RuntimeError,
                        "reentrant update(): the function given to update() must not update the same "
                        "object; it gets the value and returns the next one");
        return false;
    }
    try {
        being_updated.push_back(record);
    } catch (const std::bad_alloc&) {
        PyErr_NoMemory();
        return false;
    }
    return true;
}

} // namespace

UpdateScope::UpdateScope(PyObject* self, Py_hash_t part) noexcept
    : self_(self), part_(part), entered_(enter({self, part})) {}

UpdateScope::~UpdateScope() {
    if (entered_) {
        being_updated.erase(std::find(being_updated.begin(), being_updated.end(), Record(self_, part_)));
    }
}

} // namespace ungil::sync
