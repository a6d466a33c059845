// The argument `timeout=None` of methods that wait.
#pragma once

#include "sync/parking.hpp"

namespace ungil::sync {

// The deadline that a METH_FASTCALL | METH_KEYWORDS call asks for: after `required` positional arguments it takes
// `timeout`, by position or by name. Nothing, with an error set, for other arguments.
std::optional<Deadline> timeout_argument(const char* method, Py_ssize_t required, PyObject* const* arguments,
                                         Py_ssize_t count, PyObject* names) noexcept;

} // namespace ungil::sync
