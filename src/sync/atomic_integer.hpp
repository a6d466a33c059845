// AtomicInteger: one word, changed by one atomic instruction. The idiom for state that fits into a machine word: no
// lock, and a method costs what a call of a C function costs.
#pragma once

#include "sync/checked_int64.hpp"
#include "sync/raw.hpp"

namespace ungil::sync {

// A struct of its own, so that the next type that holds a CheckedInt64 is not taken for an AtomicInteger by nanobind.
struct AtomicInteger {
    CheckedInt64 value;
};

inline CheckedInt64& integer(PyObject* self) noexcept {
    return payload<AtomicInteger>(self).value;
}

inline PyObject* as_int(std::int64_t value) noexcept {
    return PyLong_FromLongLong(value);
}

inline constexpr const char* overflow = "the result does not fit into 64 bits: the AtomicInteger is unchanged";

inline PyObject* refuse_overflow() noexcept {
    PyErr_SetString(PyExc_OverflowError, overflow);
    return nullptr;
}

// The int of the value; OverflowError where there is none.
inline PyObject* as_int_or_overflow(std::optional<std::int64_t> value) noexcept {
    return value ? as_int(*value) : refuse_overflow();
}

// int(), comparison and the in-place operators, for the type's slots; ended by {0, nullptr}.
const PyType_Slot* integer_operators();

void bind_atomic_integer(nb::module_& m);

} // namespace ungil::sync
