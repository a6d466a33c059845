#include "sync/queue_errors.hpp"

namespace ungil::sync {

namespace {

// Written at import, before there is a queue; never released.
PyObject* queue_closed = nullptr;

// The standard library's queue is imported on its first error: `import ungil` stays cheap.
PyObject* raise_from_queue(const char* name) {
    PyObject* module = PyImport_ImportModule("queue");
    PyObject* type = module ? PyObject_GetAttrString(module, name) : nullptr;
    if (type) {
        PyErr_SetNone(type);
    }
    Py_XDECREF(type);
    Py_XDECREF(module);
    return nullptr;
}

} // namespace

PyObject* raise_closed() {
    PyErr_SetString(queue_closed, "the queue is closed");
    return nullptr;
}

PyObject* raise_empty() {
    return raise_from_queue("Empty");
}

PyObject* raise_full() {
    return raise_from_queue("Full");
}

void bind_queue_closed(nanobind::module_& m) {
    constexpr const char* doc =
        "A BoundedQueue was closed: nothing can be put any more, and what was in it has been got.";
    queue_closed = PyErr_NewExceptionWithDoc("ungil.QueueClosed", doc, nullptr, nullptr);
    if (!queue_closed) {
        nanobind::raise_python_error();
    }
    m.attr("QueueClosed") = nanobind::handle(queue_closed);
}

} // namespace ungil::sync
