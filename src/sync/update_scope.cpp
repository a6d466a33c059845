#include "sync/update_scope.hpp"

#include <algorithm>
#include <cstddef>
#include <new>
#include <vector>

namespace ungil::sync {

namespace {

// Borrowed: the callers of update() keep their objects and keys alive.
struct Call {
    PyObject* self;
    PyObject* key;
    Py_hash_t hash;
};

// Only ever touched by its own thread.
thread_local std::vector<Call> calls;

// -1 with an error set. What compares the keys may begin calls of its own; they end before it does.
int is_repeated(const Call& call) noexcept {
    for (std::size_t index = 0; index < calls.size(); ++index) {
        const Call outer = calls[index];
        if (outer.self != call.self || outer.hash != call.hash) {
            continue;
        }
        const int equal = outer.key == call.key ? 1 : PyObject_RichCompareBool(outer.key, call.key, Py_EQ);
        if (equal != 0) {
            return equal;
        }
    }
    return 0;
}

bool enter(const Call& call) noexcept {
    const int repeated = is_repeated(call);
    if (repeated != 0) {
        if (repeated > 0) {
            PyErr_SetString(PyExc_RuntimeError,
                            "reentrant update(): the function given to update() must not update the same "
                            "object; it gets the value and returns the next one");
        }
        return false;
    }
    try {
        calls.push_back(call);
    } catch (const std::bad_alloc&) {
        PyErr_NoMemory();
        return false;
    }
    return true;
}

} // namespace

UpdateScope::UpdateScope(PyObject* self, PyObject* key, Py_hash_t hash) noexcept
    : self_(self), key_(key), entered_(enter({self, key, hash})) {}

UpdateScope::~UpdateScope() {
    if (entered_) {
        calls.erase(std::find_if(calls.begin(), calls.end(),
                                 [this](const Call& call) { return call.self == self_ && call.key == key_; }));
    }
}

} // namespace ungil::sync
