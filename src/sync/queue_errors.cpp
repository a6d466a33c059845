#include "sync/queue_errors.hpp"

#include <atomic>

namespace ungil::sync {

namespace {

// Written at import, before there is a queue; never released.
PyObject* queue_closed = nullptr;

// A type from the standard library's queue, which is imported on the first error: `import ungil` stays cheap. Threads
// that poll would meet at the module, so the type is kept, for ever. Several may look it up; the first to store it wins.
struct QueueError {
    const char* name;
    std::atomic<PyObject*> type{nullptr};
};

QueueError empty{"Empty"};
QueueError full{"Full"};

PyObject* look_up(QueueError& error) {
    PyObject* module = PyImport_ImportModule("queue");
    PyObject* found = module ? PyObject_GetAttrString(module, error.name) : nullptr;
    Py_XDECREF(module);
    PyObject* stored = nullptr;
    if (found && !error.type.compare_exchange_strong(stored, found)) {
        Py_DECREF(found);
        return stored;
    }
    return found;
}

PyObject* raise(QueueError& error) {
    PyObject* known = error.type.load();
    PyObject* type = known ? known : look_up(error);
    if (type) {
        PyErr_SetNone(type);
    }
    return nullptr;
}

} // namespace

PyObject* raise_closed() {
    PyErr_SetString(queue_closed, "the queue is closed");
    return nullptr;
}

PyObject* raise_empty() {
    return raise(empty);
}

PyObject* raise_full() {
    return raise(full);
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
