// Lazy: a value that the first reader computes. The idiom for publishing a Python object once: cheaper to read than an
// AtomicReference, because what never changes needs no second look.
//
//   1. `value` is stored once, by the thread that the gate lets run, before it leaves the gate. From then on it does not
//      change while anybody can reach the Lazy, so whoever loads it may count a reference to it without any further
//      step: the Lazy owns one, and the caller of get() owns one to the Lazy.
//   2. The collector clears only what no thread can reach: a thread inside get() holds the Lazy, which keeps it and its
//      value out of the garbage. What a finalizer can still reach after that finds no value: RuntimeError.
//   3. `function` goes from NULL to a function, by the first __init__, and from there to None, which is immortal, by the
//      thread that stored the value. Only a thread that the gate let run uses it; nobody else replaces it meanwhile.
//
// Memory order: the store of `value` releases and each load acquires, so the object's fields are visible to whoever gets
// it; the same for `function`.
#pragma once

#include "sync/once_gate.hpp"
#include "sync/raw.hpp"

#include <atomic>

namespace ungil::sync {

struct Lazy {
    std::atomic<PyObject*> value{nullptr};    // owned
    std::atomic<PyObject*> function{nullptr}; // owned
    OnceGate gate;

    Lazy() = default;
    Lazy(const Lazy&) = delete;
    Lazy& operator=(const Lazy&) = delete;
    ~Lazy() {
        Py_XDECREF(value.load(std::memory_order_relaxed)); // the last owner: nobody to pair with
        Py_XDECREF(function.load(std::memory_order_relaxed));
    }
};

void bind_lazy(nb::module_& m);

} // namespace ungil::sync
