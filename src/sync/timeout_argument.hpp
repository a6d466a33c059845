// The argument `timeout=None` of methods that wait.
#pragma once

#include "sync/parking.hpp"

namespace ungil::sync {

// The deadline that a METH_FASTCALL | METH_KEYWORDS call asks for: after `required` positional arguments it takes
// `timeout`, by position or by name. Nothing, with an error set, for other arguments.
std::optional<Deadline> timeout_argument(const char* method, Py_ssize_t required, PyObject* const* arguments,
                                         Py_ssize_t count, PyObject* names) noexcept;
// Arguments of a method that may wait: at most one of its own, then `timeout`, by position or by name.
#pragma once

#include "sync/parking.hpp"
#include "sync/raw.hpp"

namespace ungil::sync {

// Not noexcept: such a method parks (parking.hpp).
using WaitingFunction = PyObject*(PyObject*, PyObject* const*, Py_ssize_t, PyObject*);

inline PyCFunction waiting(WaitingFunction* function) noexcept {
    return reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(function));
}

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
std::optional<Deadline> deadline_of(const char* method, Py_ssize_t required, const Passed& passed) noexcept;

} // namespace ungil::sync
