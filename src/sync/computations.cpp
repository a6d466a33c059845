#include "sync/computations.hpp"

#include "sync/once_gate.hpp"
#include "sync/raw.hpp"

namespace ungil::sync {

namespace {

struct Computation {
    OnceGate gate;
};

OnceGate& gate(PyObject* computation) {
    return payload<Computation>(computation).gate;
}

// A Computation that this thread has claimed.
PyObject* claimed() {
    PyObject* type = nb::type<Computation>().ptr();
    if (!type) {
        PyErr_SetString(PyExc_RuntimeError, "get_or_compute(): the interpreter is shutting down");
        return nullptr;
    }
    PyObject* computation = make<Computation>(reinterpret_cast<PyTypeObject*>(type), nullptr, nullptr);
    if (computation && gate(computation).enter() == OnceGate::Entry::failed) {
        Py_CLEAR(computation);
    }
    return computation;
}

PyObject* compute(ComputedValues& values, PyObject* key, Py_hash_t hash, PyObject* function) {
    PyObject* value = values.find(key, hash);
    if (value || PyErr_Occurred()) {
        return value;
    }
    PyObject* computed = PyObject_CallFunctionObjArgs(function, key, nullptr);
    value = computed ? values.keep(key, hash, computed) : nullptr;
    Py_XDECREF(computed);
    return value;
}

// For whoever has claimed the computation: `found` takes it out of the table again, whoever put it in.
PyObject* run(HashTable& computations, PyObject* computation, ComputedValues& values, PyObject* key, Py_hash_t hash,
              PyObject* function) {
    PyObject* value = compute(values, key, hash, function);
    computations.remove_value(hash, computation);
    gate(computation).leave(true);
    return value;
}

// The Computation that is in the table for `key`: `mine` where there was none. A new reference.
PyObject* enter_table(HashTable& computations, PyObject* key, Py_hash_t hash, PyObject* mine) {
    return computations.set_default(key, hash, mine);
}

// One attempt. NULL without an error set: another thread's computation has ended, look again.
PyObject* attempt(HashTable& computations, ComputedValues& values, PyObject* key, Py_hash_t hash, PyObject* function) {
    PyObject* mine = claimed();
    PyObject* computation = mine ? enter_table(computations, key, hash, mine) : nullptr;
    PyObject* value = nullptr;
    if (computation && (computation == mine || gate(computation).enter() == OnceGate::Entry::run)) {
        value = run(computations, computation, values, key, hash, function);
    }
    Py_XDECREF(computation);
    Py_XDECREF(mine);
    return value;
}

} // namespace

PyObject* get_or_compute(HashTable& computations, ComputedValues& values, PyObject* key, PyObject* function) {
    const Py_hash_t hash = PyObject_Hash(key);
    if (hash == -1) {
        return nullptr;
    }
    PyObject* value = values.find(key, hash);
    while (!value && !PyErr_Occurred()) {
        value = attempt(computations, values, key, hash, function);
        if (!value && !PyErr_Occurred()) {
            value = values.find(key, hash);
        }
    }
    return value;
}

void bind_computation(nb::module_& m) {
    nb::class_<Computation>(m, "_Computation");
}

} // namespace ungil::sync
