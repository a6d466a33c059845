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
bool counts_fit(const char* method, Py_ssize_t required, const Passed& passed, Py_ssize_t named) noexcept {
    if (passed.positional < required) {
        PyErr_Format(PyExc_TypeError, "%s() takes at least %zd positional argument (%zd given)", method, required,
                     passed.positional);
        return false;
    }
    if (passed.positional + named > required + 1) {
        PyErr_Format(PyExc_TypeError, "%s() takes at most %zd argument(s) (%zd given)", method, required + 1,
                     passed.positional + named);
        return false;
    }
    return true;
}

bool is_timeout(const char* method, PyObject* name) noexcept {
    if (PyUnicode_CompareWithASCIIString(name, "timeout") == 0) {
        return true;
    }
    PyErr_Format(PyExc_TypeError, "%s() got an unexpected keyword argument '%U'", method, name);
    return false;
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
std::optional<Deadline> deadline_of(const char* method, Py_ssize_t required, const Passed& passed) noexcept {
    const Py_ssize_t named = passed.names ? PyTuple_Size(passed.names) : 0;
    if (!counts_fit(method, required, passed, named)) {
        return std::nullopt;
    }
    if (named == 1 && !is_timeout(method, PyTuple_GetItem(passed.names, 0))) {
        return std::nullopt;
    }
    return Deadline::after(passed.positional + named > required ? passed.values[required] : Py_None);
}

} // namespace ungil::sync
