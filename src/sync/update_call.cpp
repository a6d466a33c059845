#include "sync/update_call.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
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
int is_repeated(const Call& call) {
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

bool enter(const Call& call) {
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

// The innermost one that is this call: a function that raised out of inner ones has left them already.
void leave(const Call& call) noexcept {
    const auto same = [&call](const Call& other) { return other.self == call.self && other.key == call.key; };
    calls.erase(std::next(std::find_if(calls.rbegin(), calls.rend(), same)).base());
}

} // namespace

PyObject* call_to_update(PyObject* self, PyObject* function, PyObject* value, PyObject* key, Py_hash_t hash) {
    const Call call{self, key, hash};
    if (!enter(call)) {
        return nullptr;
    }
    PyObject* result = PyObject_CallFunctionObjArgs(function, value, nullptr);
    leave(call); // not by a destructor: a thread that the interpreter ends in the call has no further use for it
    return result;
}

} // namespace ungil::sync
