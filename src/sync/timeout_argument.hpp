// Arguments of a method that may wait: at most one of its own, then `timeout`, by position or by name.
#pragma once

#include "sync/parking.hpp"
#include "sync/raw.hpp"

namespace ungil::sync {

// What METH_FASTCALL | METH_KEYWORDS passes.
struct Passed {
    PyObject* const* values;
    Py_ssize_t positional;
    PyObject* names;

    // Nothing but the arguments that have no default: the usual call, which needs no parsing.
    bool only(Py_ssize_t required) const noexcept { return positional == required && !names; }
};

// The deadline that `timeout` gives, for a method with `required` (0 or 1) arguments before it. Nothing, with TypeError
// or ValueError set, for any other arguments.
std::optional<Deadline> deadline_of(const char* method, Py_ssize_t required, const Passed& passed);

} // namespace ungil::sync
