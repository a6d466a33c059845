#include "sync/lazy.hpp"

namespace ungil::sync {

namespace {

Lazy& lazy(PyObject* self) {
    return payload<Lazy>(self);
}

PyObject* refuse(const char* message) {
    PyErr_SetString(PyExc_RuntimeError, message);
    return nullptr;
}

// Inside the gate: calls the function and publishes what it returns.
PyObject* compute_and_leave(Lazy& lazy) {
    PyObject* value = PyObject_CallNoArgs(lazy.function.load(std::memory_order_acquire));
    if (!value) {
        lazy.gate.leave(false);
        return nullptr;
    }
    lazy.value.store(Py_NewRef(value), std::memory_order_release);
    lazy.gate.leave(true);
    // Last: this may run any code. Only the first __init__ finds NULL, so None says that there was a function.
    Py_DECREF(lazy.function.exchange(Py_None, std::memory_order_acq_rel));
    return value;
}

PyObject* compute_or_wait(Lazy& lazy) {
    if (!lazy.function.load(std::memory_order_acquire)) {
        return refuse("this Lazy has no function: Lazy.__init__() was not called");
    }
    switch (lazy.gate.enter()) {
    case OnceGate::Entry::run:
        return compute_and_leave(lazy);
    case OnceGate::Entry::done:
        if (PyObject* value = lazy.value.load(std::memory_order_acquire)) {
            return Py_NewRef(value);
        }
        return refuse("the garbage collector has emptied this Lazy");
    case OnceGate::Entry::failed:
        break;
    }
    return nullptr;
}

PyObject* get(PyObject* self, PyObject*) {
    PyObject* value = lazy(self).value.load(std::memory_order_acquire);
    return value ? Py_NewRef(value) : compute_or_wait(lazy(self));
}

PyObject* ready(PyObject* self, void*) {
    return PyBool_FromLong(lazy(self).value.load(std::memory_order_acquire) != nullptr);
}

int init(PyObject* self, PyObject* args, PyObject* kwargs) {
    static char no_name[] = "";
    static char* keywords[] = {no_name, nullptr};
    PyObject* function = nullptr;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O:Lazy", keywords, &function)) {
        return -1;
    }
    if (!PyCallable_Check(function)) {
        PyErr_Format(PyExc_TypeError, "Lazy() takes a function without arguments, not %R", function);
        return -1;
    }
    PyObject* none_yet = nullptr;
    if (!lazy(self).function.compare_exchange_strong(none_yet, Py_NewRef(function), std::memory_order_acq_rel)) {
        Py_DECREF(function);
        refuse("this Lazy has a function already: make another Lazy");
        return -1;
    }
    return 0;
}

PyObject* repr_of(PyObject* self, PyObject* value) {
    PyObject* name = PyType_GetName(Py_TYPE(self));
    PyObject* text = !name   ? nullptr
                     : value ? PyUnicode_FromFormat("<%U: %R>", name, value)
                             : PyUnicode_FromFormat("<%U: not ready>", name);
    Py_XDECREF(name);
    return text;
}

// A value that refers to its Lazy prints as "..." where the circle closes.
PyObject* repr(PyObject* self) {
    const int entered = Py_ReprEnter(self);
    if (entered != 0) {
        return entered > 0 ? PyUnicode_FromString("...") : nullptr;
    }
    PyObject* text = repr_of(self, lazy(self).value.load(std::memory_order_acquire));
    Py_ReprLeave(self);
    return text;
}

// Runs while the collector has stopped every other thread.
int traverse(PyObject* self, visitproc visit, void* arg) noexcept {
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(lazy(self).value.load(std::memory_order_relaxed));
    Py_VISIT(lazy(self).function.load(std::memory_order_relaxed));
    return 0;
}

// No thread can be inside get() now: rule 2.
int clear(PyObject* self) {
    PyObject* value = lazy(self).value.exchange(nullptr, std::memory_order_acq_rel);
    PyObject* function = lazy(self).function.exchange(Py_None, std::memory_order_acq_rel);
    Py_XDECREF(value);
    Py_XDECREF(function);
    return 0;
}

constexpr const char* type_doc =
    "Lazy(function)\n--\n\n"
    "A value that function() computes when it is first asked for, once for all threads.\n\n"
    "Thread safety: any number of threads may call get() at the same time; one of them calls the\n"
    "function, without a lock, and the others wait for what it returns. From then on get() is one\n"
    "atomic load. Only the computing is guarded: the value is shared by whoever gets it. The function\n"
    "is released when the value is there.";

PyMethodDef methods[] = {
    {"get", get, METH_NOARGS,
     "get($self, /)\n--\n\n"
     "Return the value: compute it, or wait for the thread that is computing it.\n\n"
     "An exception from the function reaches the caller whose get() called it and nobody else; one of\n"
     "the threads that wait, or else the next caller, computes again.\n\n"
     "RuntimeError where waiting would never end: the function asks for its own value, or threads\n"
     "that run a Once or a Lazy wait for each other in a circle, or the interpreter is shutting down\n"
     "and has stopped the thread that computes. Ctrl-C ends the wait."},
    {"__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS, "Lazy[T], for annotations."},
    {"__reduce__", refuse_reduce, METH_NOARGS, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

PyGetSetDef properties[] = {
    {"ready", ready, nullptr, "Whether the value is there. Once true, it stays true.", nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr},
};

} // namespace

void bind_lazy(nb::module_& m) {
    const PyType_Slot slots[] = {
        slot(Py_tp_new, make<Lazy>), slot(Py_tp_init, init),
        slot(Py_tp_repr, repr),      slot(Py_tp_traverse, traverse),
        slot(Py_tp_clear, clear),    {Py_tp_methods, methods},
        {Py_tp_getset, properties},  {0, nullptr},
    };
    nb::class_<Lazy>(m, "Lazy", nb::type_slots(slots), nb::is_weak_referenceable(), nb::pooled(), type_doc);
}

} // namespace ungil::sync
