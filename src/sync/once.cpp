#include "sync/once.hpp"

#include "sync/timeout_argument.hpp"

namespace ungil::sync {

namespace {

OnceGate& gate(PyObject* self) {
    return payload<Once>(self).gate;
}

PyObject* run_and_leave(OnceGate& gate, PyObject* function) {
    PyObject* result = PyObject_CallNoArgs(function);
    gate.leave(result != nullptr);
    if (!result) {
        return nullptr;
    }
    Py_DECREF(result);
    Py_RETURN_TRUE;
}

PyObject* run(PyObject* self, PyObject* const* arguments, Py_ssize_t count, PyObject* names) {
    const auto deadline = deadline_of("run", 1, {arguments, count, names});
    if (!deadline) {
        return nullptr;
    }
    switch (gate(self).enter(*deadline)) {
    case OnceGate::Entry::run:
        return run_and_leave(gate(self), arguments[0]);
    case OnceGate::Entry::done:
        Py_RETURN_FALSE;
    case OnceGate::Entry::failed:
        break;
    }
    return nullptr;
}

PyObject* done(PyObject* self, void*) {
    return PyBool_FromLong(gate(self).done());
}

// Nothing to initialise: it refuses arguments. Called again, it does not begin anew.
int init(PyObject*, PyObject* args, PyObject* kwargs) {
    static char* keywords[] = {nullptr};
    return PyArg_ParseTupleAndKeywords(args, kwargs, ":Once", keywords) ? 0 : -1;
}

PyObject* repr(PyObject* self) {
    PyObject* name = PyType_GetName(Py_TYPE(self));
    PyObject* text = name ? PyUnicode_FromFormat("<%U: %s>", name, gate(self).done() ? "done" : "not done") : nullptr;
    Py_XDECREF(name);
    return text;
}

PyObject* reduce(PyObject* self, PyObject*) {
    if (PyObject* name = PyType_GetName(Py_TYPE(self))) {
        PyErr_Format(PyExc_TypeError, "cannot copy or pickle %U: a copy could not tell whether the function has run",
                     name);
        Py_DECREF(name);
    }
    return nullptr;
}

constexpr const char* type_doc =
    "Once()\n--\n\n"
    "The right to run a function once, whichever thread comes first.\n\n"
    "Thread safety: any number of threads may call run() at the same time; one of them calls its\n"
    "function, without a lock, and the others wait until that has returned. What the function did is\n"
    "visible to every thread whose run() returned, and to every thread that saw `done`.";

PyMethodDef methods[] = {
    {"run", fast(run), METH_FASTCALL | METH_KEYWORDS,
     "run($self, function, /, timeout=None)\n--\n\n"
     "Call function(), unless a call before has returned; return whether this call did it.\n\n"
     "Where another thread is running its function, wait until that has returned. If it raises, the\n"
     "exception reaches its own caller only, that run does not count, and one of the threads that wait\n"
     "runs its function next.\n\n"
     "TimeoutError after `timeout` seconds of waiting; they do not limit the function. RuntimeError\n"
     "where waiting would never end: the function asks to run this Once again, or threads that run a\n"
     "Once or a Lazy wait for each other in a circle, or the interpreter is shutting down and has\n"
     "stopped the thread that runs. Ctrl-C ends the wait."},
    {"__reduce__", reduce, METH_NOARGS, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

PyGetSetDef properties[] = {
    {"done", done, nullptr, "Whether a run has succeeded. Once true, it stays true.", nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr},
};

} // namespace

void bind_once(nb::module_& m) {
    const PyType_Slot slots[] = {
        slot(Py_tp_new, make<Once>), slot(Py_tp_init, init),     slot(Py_tp_repr, repr),
        {Py_tp_methods, methods},    {Py_tp_getset, properties}, {0, nullptr},
    };
    nb::class_<Once>(m, "Once", nb::type_slots(slots), nb::is_weak_referenceable(), nb::pooled(), type_doc);
}

} // namespace ungil::sync
