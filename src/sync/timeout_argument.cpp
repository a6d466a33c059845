#include "sync/timeout_argument.hpp"

namespace ungil::sync {

namespace {

bool counts_fit(const char* method, Py_ssize_t required, const Passed& passed, Py_ssize_t named) {
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

bool is_timeout(const char* method, PyObject* name) {
    if (PyUnicode_CompareWithASCIIString(name, "timeout") == 0) {
        return true;
    }
    PyErr_Format(PyExc_TypeError, "%s() got an unexpected keyword argument '%U'", method, name);
    return false;
}

} // namespace

std::optional<Deadline> deadline_of(const char* method, Py_ssize_t required, const Passed& passed) {
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
