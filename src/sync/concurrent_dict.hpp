// ConcurrentDict: a mapping whose every method is one atomic step for one key. The idiom for a container of Python
// objects: what the table does (hash_table.hpp) never runs Python code under a lock, and what runs Python code (a key's
// __hash__ and __eq__, a function that computes a value) holds nothing, so it may do anything, this mapping's methods
// included.
//
// Methods that look at every entry work on a copy taken at one moment.
#pragma once

#include "sync/hash_table.hpp"
#include "sync/raw.hpp"

namespace ungil::sync {

struct ConcurrentDict {
    HashTable entries;
    HashTable computations; // of get_or_compute(): what is being computed for which key
};

inline ConcurrentDict& dictionary(PyObject* self) noexcept {
    return payload<ConcurrentDict>(self);
}

// What works on all entries; concurrent_dict.cpp says it in docstrings.
namespace dictionary_methods {
PyObject* keys(PyObject* self, PyObject*) noexcept;
PyObject* values(PyObject* self, PyObject*) noexcept;
PyObject* items(PyObject* self, PyObject*) noexcept;
PyObject* snapshot(PyObject* self, PyObject*) noexcept;
PyObject* copy(PyObject* self, PyObject*) noexcept;
PyObject* update(PyObject* self, PyObject* args, PyObject* kwargs) noexcept;
PyObject* reduce(PyObject* self, PyObject*) noexcept;
PyObject* iterate(PyObject* self) noexcept;
PyObject* repr(PyObject* self) noexcept;
PyObject* compare(PyObject* self, PyObject* other, int operation) noexcept;
int init(PyObject* self, PyObject* args, PyObject* kwargs) noexcept;
} // namespace dictionary_methods

void bind_concurrent_dict(nb::module_& m);

} // namespace ungil::sync
