#include "sync/names.hpp"

namespace ungil::sync {

namespace names {
PyObject* getstate = nullptr;
PyObject* items = nullptr;
PyObject* keys = nullptr;
PyObject* restore = nullptr;
PyObject* values = nullptr;
} // namespace names

namespace {

// A new reference that is never released: as long as the process lives the module does.
PyObject* intern(const char* text) {
    PyObject* name = PyUnicode_InternFromString(text);
    if (!name) {
        throw nb::python_error();
    }
    return name;
}

} // namespace

void intern_names(nb::module_& m) {
    names::getstate = intern("__getstate__");
    names::items = intern("items");
    names::keys = intern("keys");
    names::restore = intern("_restore");
    names::values = intern("values");
    for (nb::handle name : m.attr("__dict__").attr("copy")()) {
        nb::object value = m.attr(name);
        if (nb::type_check(value)) {
            value.attr("__name__") = nb::steal(intern(nb::cast<const char*>(value.attr("__name__"))));
        }
    }
}

} // namespace ungil::sync
