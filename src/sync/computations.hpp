// get_or_compute(): a value that one thread computes while the others wait for it.
//
// Which keys are being computed is a table of its own, from key to Computation, in which storing if absent decides who
// computes. So the table of values needs no entries that are none, and its readers need not know of any of this.
//
//   1. A Computation is claimed before it is put into the table: whoever finds it there waits, or gets an error where
//      waiting would never end (once_gate.hpp).
//   2. Who put it in looks for the value again, since another computation may have ended between his two looks; runs the
//      function; stores the value unless there is one by now; and takes the Computation out before he opens the gate.
//   3. Everyone who waited starts over. After an exception, which only the caller whose function raised it gets, the
//      first of them computes.
#pragma once

#include "sync/hash_table.hpp"

#include <nanobind/nanobind.h>

namespace ungil::sync {

// How a container finds and keeps the value of a key. Both return a new reference; nullptr without an error set is
// "there is none".
class ComputedValues {
  public:
    virtual PyObject* find(PyObject* key, Py_hash_t hash) = 0;

    // Stores `value` unless there is one; returns the one that there is then.
    virtual PyObject* keep(PyObject* key, Py_hash_t hash, PyObject* value) = 0;

  protected:
    ~ComputedValues() = default;
};

// The value of `key`, which function(key) computes where there is none; a new reference, or NULL with an error set.
PyObject* get_or_compute(HashTable& computations, ComputedValues& values, PyObject* key, PyObject* function);

void bind_computation(nanobind::module_& m);

} // namespace ungil::sync
