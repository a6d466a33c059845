#include "sync/atomic_reference.hpp"

#include "sync/update_call.hpp"

namespace ungil::sync {

namespace {

std::atomic<PyObject*>& cell(PyObject* self) {
    return payload<AtomicReference>(self).value;
}

// A new reference to the value.
PyObject* load(PyObject* self) {
    std::atomic<PyObject*>& value = cell(self);
    for (;;) {
        PyObject* now = value.load();
        if (try_incref(now)) {
            if (value.load() == now) {
                return now;
            }
            Py_DECREF(now); // not ours: it was replaced, or even freed and its block used again
        }
    }
}

// A new reference to `value`, for the cell to own.
PyObject* storable(PyObject* value) {
    enable_try_incref(value);
    return Py_NewRef(value);
}

// Puts `value` in and returns what was there: the caller's to release.
PyObject* swap(PyObject* self, PyObject* value) {
    return cell(self).exchange(storable(value));
}

// `expected` is alive while this runs, so no other object can have its address: a reused address cannot pass for it.
bool replace_if(PyObject* self, PyObject* expected, PyObject* value) {
    PyObject* after = storable(value);
    PyObject* before = expected;
    const bool replaced = cell(self).compare_exchange_strong(before, after);
    Py_DECREF(replaced ? before : after);
    return replaced;
}

PyObject* get(PyObject* self, PyObject*) {
    return load(self);
}

PyObject* set(PyObject* self, PyObject* value) {
    Py_DECREF(swap(self, value));
    Py_RETURN_NONE;
}

PyObject* exchange(PyObject* self, PyObject* value) {
    return swap(self, value);
}

PyObject* compare_and_set(PyObject* self, PyObject* const* arguments, Py_ssize_t count) {
    return takes_two("compare_and_set", count) ? PyBool_FromLong(replace_if(self, arguments[0], arguments[1]))
                                               : nullptr;
}

PyObject* update(PyObject* self, PyObject* function) {
    do {
        PyObject* before = load(self);
        PyObject* after = call_to_update(self, function, before);
        const bool replaced = after && replace_if(self, before, after);
        Py_DECREF(before);
        if (replaced || !after) {
            return after;
        }
        Py_DECREF(after);
    } while (PyErr_CheckSignals() == 0); // a function that never reaches the eval loop would hide Ctrl-C
    return nullptr;
}

int init(PyObject* self, PyObject* args, PyObject* kwargs) {
    PyObject* value = initial_value(args, kwargs, "|O:AtomicReference", Py_None);
    if (!value) {
        return -1;
    }
    Py_DECREF(swap(self, value));
    return 0;
}

// A reference to itself, or a circle of them, prints as "..." where it closes.
PyObject* repr(PyObject* self) {
    const int entered = Py_ReprEnter(self);
    if (entered != 0) {
        return entered > 0 ? PyUnicode_FromString("...") : nullptr;
    }
    PyObject* value = load(self);
    PyObject* text = repr_as_call(self, PyObject_Repr(value));
    Py_DECREF(value);
    Py_ReprLeave(self);
    return text;
}

// Runs while the collector has stopped every other thread. Before the constructor ran the pointer is null.
int traverse(PyObject* self, visitproc visit, void* arg) noexcept {
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(cell(self).load());
    return 0;
}

// Runs beside other threads, unlike traverse; a finalizer may have kept this object alive.
int clear(PyObject* self) {
    Py_DECREF(swap(self, Py_None));
    return 0;
}

constexpr const char* type_doc =
    "AtomicReference(value=None)\n--\n\n"
    "A reference to one object that threads may read and replace at the same time.\n\n"
    "Thread safety: every method is one atomic step that all threads see in the same order.\n"
    "Only the reference is guarded: what it refers to is shared by whoever gets it, so keep\n"
    "immutable objects in it, and replace them. Objects are compared by identity. The one\n"
    "replaced is released after the step, so its finalizer may use this AtomicReference.";

PyMethodDef methods[] = {
    {"get", get, METH_NOARGS, "get($self, /)\n--\n\nReturn the object."},
    {"set", set, METH_O, "set($self, value, /)\n--\n\nReplace the object."},
    {"exchange", exchange, METH_O,
     "exchange($self, value, /)\n--\n\nReplace the object and return the one before, which no other call of exchange() "
     "gets."},
    {"compare_and_set", fast(compare_and_set), METH_FASTCALL,
     "compare_and_set($self, expected, value, /)\n--\n\n"
     "Replace the object if it is expected, the same object and not an equal one; return whether it was replaced."},
    {"update", update, METH_O,
     "update($self, function, /)\n--\n\n"
     "Replace the object by function(object) and return the new one.\n\n"
     "Thread safety: function runs without a lock and runs again where another thread has replaced\n"
     "the object meanwhile, so it should do nothing but build the new object. An exception from it\n"
     "leaves the object in place. RuntimeError where it calls update() of the same AtomicReference;\n"
     "where it replaces the object in another way, no attempt is the last."},
    {"__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS, "AtomicReference[T], for annotations."},
    {"__reduce__", refuse_reduce, METH_NOARGS, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

} // namespace

void bind_atomic_reference(nb::module_& m) {
    const PyType_Slot slots[] = {
        slot(Py_tp_new, make<AtomicReference>),
        slot(Py_tp_init, init),
        slot(Py_tp_repr, repr),
        slot(Py_tp_traverse, traverse),
        slot(Py_tp_clear, clear),
        {Py_tp_methods, methods},
        {0, nullptr},
    };
    nb::class_<AtomicReference>(m, "AtomicReference", nb::type_slots(slots), nb::is_weak_referenceable(), nb::pooled(),
                                type_doc);
}

} // namespace ungil::sync
