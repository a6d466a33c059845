#include "sync/atomic_flag.hpp"

namespace ungil::sync {

namespace {

std::atomic<bool>& flag(PyObject* self) {
    return payload<AtomicFlag>(self).value;
}

PyObject* is_set(PyObject* self, PyObject*) {
    return PyBool_FromLong(flag(self).load());
}

PyObject* set(PyObject* self, PyObject*) {
    flag(self).store(true);
    Py_RETURN_NONE;
}

PyObject* clear(PyObject* self, PyObject*) {
    flag(self).store(false);
    Py_RETURN_NONE;
}

PyObject* test_and_set(PyObject* self, PyObject*) {
    return PyBool_FromLong(flag(self).exchange(true));
}

int as_bool(PyObject* self) {
    return flag(self).load();
}

int init(PyObject* self, PyObject* args, PyObject* kwargs) {
    PyObject* given = initial_value(args, kwargs, "|O:AtomicFlag", Py_False);
    const int truth = given ? PyObject_IsTrue(given) : -1;
    if (truth < 0) {
        return -1;
    }
    flag(self).store(truth != 0);
    return 0;
}

PyObject* repr(PyObject* self) {
    return repr_as_call(self, PyUnicode_FromString(flag(self).load() ? "True" : "False"));
}

constexpr const char* type_doc =
    "AtomicFlag(value=False)\n--\n\n"
    "A flag that threads may set, clear and test at the same time; value is taken for its truth.\n\n"
    "Thread safety: every method is one atomic step that all threads see in the same order.\n\n"
    "Of the threads that call test_and_set() on a clear flag, one gets False: that one does what must\n"
    "be done once. Where the flag mostly is set already, write `flag.is_set() or flag.test_and_set()`:\n"
    "looking first takes the flag's cache line away from nobody. To wait for another thread take\n"
    "threading.Event, which sleeps.";

PyMethodDef methods[] = {
    {"is_set", is_set, METH_NOARGS, "is_set($self, /)\n--\n\nReturn whether the flag is set; bool() does the same."},
    {"set", set, METH_NOARGS, "set($self, /)\n--\n\nSet the flag."},
    {"clear", clear, METH_NOARGS, "clear($self, /)\n--\n\nClear the flag."},
    {"test_and_set", test_and_set, METH_NOARGS,
     "test_and_set($self, /)\n--\n\nSet the flag and return whether it was set before."},
    {"__reduce__", refuse_reduce, METH_NOARGS, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

} // namespace

void bind_atomic_flag(nb::module_& m) {
    const PyType_Slot slots[] = {
        slot(Py_tp_new, make<AtomicFlag>), slot(Py_tp_init, init),   slot(Py_tp_repr, repr),
        slot(Py_nb_bool, as_bool),         {Py_tp_methods, methods}, {0, nullptr},
    };
    nb::class_<AtomicFlag>(m, "AtomicFlag", nb::type_slots(slots), nb::is_weak_referenceable(), nb::pooled(), type_doc);
}

} // namespace ungil::sync
