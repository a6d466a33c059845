// Which keys of a table equal the one that is looked for, asked of Python once each, and never under a lock.
//
// Comparing two keys may run any code: an __eq__ that raises, that waits, that uses the same table. So whoever walks
// a chain stops at a key that he cannot judge, takes a reference to it, leaves the chain, asks compare(), and walks
// again, knowing more. The references keep every key judged alive, so a pointer seen again is the same key.
#pragma once

#include <Python.h>

#include <algorithm>
#include <new>
#include <utility>
#include <vector>

namespace ungil::sync {

class KeyComparisons {
  public:
    explicit KeyComparisons(PyObject* key) noexcept : key_(key) {}
    KeyComparisons(const KeyComparisons&) = delete;
    KeyComparisons& operator=(const KeyComparisons&) = delete;

    ~KeyComparisons() {
        Py_XDECREF(equal_);
        for (PyObject* different : different_) {
            Py_DECREF(different);
        }
    }

    // As for dict, an object equals itself without being asked.
    bool is_equal(PyObject* stored) const noexcept { return stored == key_ || (equal_ && stored == equal_); }

    bool is_different(PyObject* stored) const noexcept {
        return !different_.empty() && std::find(different_.begin(), different_.end(), stored) != different_.end();
    }

    // Asks Python, as dict does, `stored == key`; takes the reference to `stored`. False with an error set where that
    // raised.
    bool compare(PyObject* stored) noexcept {
        const int equal = PyObject_RichCompareBool(stored, key_, Py_EQ);
        if (equal == 1) {
            Py_XDECREF(std::exchange(equal_, stored));
            return true;
        }
        if (equal == 0 && remember_different(stored)) {
            return true;
        }
        Py_DECREF(stored);
        return false;
    }

  private:
    bool remember_different(PyObject* stored) noexcept {
        try {
            different_.push_back(stored);
            return true;
        } catch (const std::bad_alloc&) {
            PyErr_NoMemory();
            return false;
        }
    }

    PyObject* key_; // the caller's
    PyObject* equal_ = nullptr;
    std::vector<PyObject*> different_; // stays empty unless two keys have the same hash
};

} // namespace ungil::sync
