#include "sync/timeout_argument.hpp"

namespace ungil::sync {

namespace {

// The name of a keyword argument that is not `timeout`: borrowed; NULL where there is none.
PyObject* unexpected(PyObject* names, Py_ssize_t named) noexcept {
    for (Py_ssize_t i = 0; i < named; ++i) {
        PyObject* name = PyTuple_GetItem(names, i);
        if (PyUnicode_CompareWithASCIIString(name, "timeout") != 0) {
            return name;
        }
    }
    return nullptr;
}

} // namespace

std::optional<Deadline> timeout_argument(const char* method, Py_ssize_t required, PyObject* const* arguments,
                                         Py_ssize_t count, PyObject* names) noexcept {
    const Py_ssize_t named = names ? PyTuple_Size(names) : 0;
    if (PyObject* name = unexpected(names, named)) {
        PyErr_Format(PyExc_TypeError, "%s() got an unexpected keyword argument '%U'", method, name);
        return std::nullopt;
    }
    if (count < required || count + named > required + 1) {
        PyErr_Format(PyExc_TypeError, "%s() takes %zd positional argument%s and timeout (%zd given)", method, required,
                     required == 1 ? "" : "s", count + named);
        return std::nullopt;
    }
    return count + named > required ? Deadline::after(arguments[required]) : Deadline();
}

} // namespace ungil::sync
