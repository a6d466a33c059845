// Which keys of a table equal the one that is looked for, asked of Python once each, and never under a lock.
//
// Comparing two keys may run any code: an __eq__ that raises, that waits, that uses the same table. So whoever walks
// a chain notes the keys that he cannot judge, takes references to them, leaves the chain, asks compare(), and walks
// again, knowing more. The references keep every key judged alive, so a pointer seen again is the same key.
//
// The first walk notes one key, for that one is nearly always the answer; later ones note more, and keys judged are met
// again in the order in which they were judged. So a search among n keys of one hash, which ints make easily, takes
// time in proportion to n.
#pragma once

#include <Python.h>

#include <algorithm>
#include <cstddef>
#include <new>
#include <utility>
#include <vector>

namespace ungil::sync {

class KeyComparisons {
  public:
    explicit KeyComparisons(PyObject* key) noexcept : key_(key) {}
    KeyComparisons(const KeyComparisons&) = delete;
    KeyComparisons& operator=(const KeyComparisons&) = delete;

    // Instead of a destructor: where the interpreter ends the thread inside a comparison (parking.hpp), destructors run
    // without the GIL, and then the references are better lost.
    void finish() {
        Py_XDECREF(equal_);
        for (PyObject* different : different_) {
            Py_DECREF(different);
        }
    }

    PyObject* key() const noexcept { return key_; }

    // Before each walk along a chain: forgets which keys the last one noted.
    void begin_walk() noexcept {
        met_ = 0;
        noted_ = 0;
    }

    // As for dict, an object equals itself without being asked.
    bool is_equal(PyObject* stored) const noexcept { return stored == key_ || (equal_ && stored == equal_); }

    bool is_different(PyObject* stored) noexcept { return !different_.empty() && was_different(stored); }

    // Notes a key that is neither, borrowed; true where the walk should end because that is enough for one time.
    bool note(PyObject* stored) noexcept {
        noted_keys_[noted_++] = stored;
        return noted_ == enough_;
    }

    bool noted_any() const noexcept { return noted_ > 0; }

    // Takes references to the noted keys by take(key); where that says false for one, there are none to release.
    template <typename Take>
    bool hold(Take take) noexcept {
        for (int index = 0; index < noted_; ++index) {
            if (!take(noted_keys_[index])) {
                release(0, index);
                return false;
            }
        }
        return true;
    }

    // Instead of compare(), where the chain has changed meanwhile.
    void release() { release(0, noted_); }

    // Asks Python, as dict does, `stored == key` for each noted key until one is equal; takes the references from
    // hold(). False with an error set where that raised.
    bool compare() {
        int index = 0;
        int equal = 0;
        while (index < noted_ && equal == 0) {
            PyObject* stored = noted_keys_[index++];
            equal = PyObject_RichCompareBool(stored, key_, Py_EQ);
            equal = equal == 0 && !remember_different(stored) ? -1 : equal;
            if (equal > 0) {
                Py_XDECREF(std::exchange(equal_, stored));
            } else if (equal < 0) {
                Py_DECREF(stored);
            }
        }
        release(index, noted_);
        enough_ = std::min(4 * enough_, most);
        return equal >= 0;
    }

  private:
    static constexpr int most = 64;

    // `met_` of the different keys were met by this walk in the order of the list. Those behind them are looked through
    // only where the order has changed.
    bool was_different(PyObject* stored) noexcept {
        if (met_ == different_.size()) {
            return false;
        }
        if (different_[met_] == stored) {
            ++met_;
            return true;
        }
        const auto found = std::find(different_.begin(), different_.end(), stored);
        if (found == different_.end()) {
            return false;
        }
        met_ = std::max(met_, static_cast<std::size_t>(found - different_.begin()) + 1);
        return true;
    }

    bool remember_different(PyObject* stored) noexcept {
        try {
            different_.push_back(stored);
            return true;
        } catch (const std::bad_alloc&) {
            PyErr_NoMemory();
            return false;
        }
    }

    void release(int first, int last) {
        for (int index = first; index < last; ++index) {
            Py_DECREF(noted_keys_[index]);
        }
    }

    PyObject* key_; // the caller's
    PyObject* equal_ = nullptr;
    std::vector<PyObject*> different_; // stays empty unless two keys have the same hash
    std::size_t met_ = 0;
    int enough_ = 1;
    int noted_ = 0;
    PyObject* noted_keys_[most]; // the first `noted_` of them
};

} // namespace ungil::sync
