#include "sync/raw.hpp"

namespace ungil::sync {

bool read_int64(PyObject* object, std::int64_t* value, const char* too_big) {
    int overflow = 0;
    *value = PyLong_AsLongLongAndOverflow(object, &overflow);
    if (overflow != 0) {
        PyErr_SetString(PyExc_OverflowError, too_big);
        return false;
    }
    return *value != -1 || !PyErr_Occurred();
}

bool takes(const char* method, Py_ssize_t count, Py_ssize_t least, Py_ssize_t most) {
    if (count >= least && count <= most) {
        return true;
    }
    if (least == most) {
        PyErr_Format(PyExc_TypeError, "%s() takes exactly %zd positional arguments (%zd given)", method, least, count);
    } else {
        PyErr_Format(PyExc_TypeError, "%s() takes %zd to %zd positional arguments (%zd given)", method, least, most,
                     count);
    }
    return false;
}

PyObject* refuse_key(PyObject* key) {
    if (PyObject* arguments = PyTuple_Pack(1, key)) {
        PyErr_SetObject(PyExc_KeyError, arguments);
        Py_DECREF(arguments);
    }
    return nullptr;
}

PyObject* initial_value(PyObject* args, PyObject* kwargs, const char* format, PyObject* missing) {
    static char value[] = "value";
    static char* keywords[] = {value, nullptr};
    PyObject* given = missing;
    return PyArg_ParseTupleAndKeywords(args, kwargs, format, keywords, &given) ? given : nullptr;
}

PyObject* repr_as_call(PyObject* self, PyObject* text) {
    PyObject* name = text ? PyType_GetName(Py_TYPE(self)) : nullptr;
    PyObject* repr = name ? PyUnicode_FromFormat("%U(%U)", name, text) : nullptr;
    Py_XDECREF(name);
    Py_XDECREF(text);
    return repr;
}

PyObject* refuse_reduce(PyObject* self, PyObject*) {
    if (PyObject* name = PyType_GetName(Py_TYPE(self))) {
        PyErr_Format(PyExc_TypeError,
                     "cannot copy or pickle %U: it is memory shared by the threads of one process; "
                     "copy or pickle what it holds instead",
                     name);
        Py_DECREF(name);
    }
    return nullptr;
}

} // namespace ungil::sync
