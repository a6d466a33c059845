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
PyObject* keys(PyObject* self, PyObject*);
PyObject* values(PyObject* self, PyObject*);
PyObject* items(PyObject* self, PyObject*);
PyObject* snapshot(PyObject* self, PyObject*);
PyObject* copy(PyObject* self, PyObject*);
PyObject* update(PyObject* self, PyObject* args, PyObject* kwargs);
PyObject* reduce(PyObject* self, PyObject*);
PyObject* iterate(PyObject* self);
PyObject* repr(PyObject* self);
PyObject* compare(PyObject* self, PyObject* other, int operation);
int init(PyObject* self, PyObject* args, PyObject* kwargs);
} // namespace dictionary_methods

void bind_concurrent_dict(nb::module_& m);

} // namespace ungil::sync
