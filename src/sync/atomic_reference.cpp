#include "sync/atomic_reference.hpp"

#include "sync/update_scope.hpp"

#include <utility>

namespace ungil::sync {

namespace {

PyObject* or_none(PyObject* value) noexcept {
    return value ? value : Py_None;
}

// A new reference to the value.
PyObject* load(PyObject* self) noexcept {
    const CriticalSection section(self);
    return Py_NewRef(or_none(payload<AtomicReference>(self).value));
}

// Puts `value` in, whose reference it takes, and returns what was there: the caller's to release, after this.
PyObject* swap(PyObject* self, PyObject* value) noexcept {
    const CriticalSection section(self);
    return std::exchange(payload<AtomicReference>(self).value, value);
}

// Exchanges `value` with what is there if that is `expected`; says whether it did. The caller owns `value` before and
// after. `expected` is alive while this runs, so no other object can have its address: a reused address cannot pass for
// it.
bool swap_if(PyObject* self, PyObject* expected, PyObject*& value) noexcept {
    const CriticalSection section(self);
    PyObject*& current = payload<AtomicReference>(self).value;
    if (or_none(current) != expected) {
        return false;
    }
    std::swap(current, value);
    return true;
}

bool replace_if(PyObject* self, PyObject* expected, PyObject* value) noexcept {
    PyObject* left_over = Py_NewRef(value);
    const bool replaced = swap_if(self, expected, left_over);
    Py_XDECREF(left_over);
    return replaced;
}

PyObject* get(PyObject* self, PyObject*) noexcept {
    return load(self);
}

PyObject* set(PyObject* self, PyObject* value) noexcept {
    Py_XDECREF(swap(self, Py_NewRef(value)));
    Py_RETURN_NONE;
}

PyObject* exchange(PyObject* self, PyObject* value) noexcept {
    PyObject* before = swap(self, Py_NewRef(value));
    return before ? before : Py_NewRef(Py_None);
}

PyObject* compare_and_set(PyObject* self, PyObject* const* arguments, Py_ssize_t count) noexcept {
    return takes_two("compare_and_set", count) ? PyBool_FromLong(replace_if(self, arguments[0], arguments[1]))
                                               : nullptr;
}

PyObject* update(PyObject* self, PyObject* function) noexcept {
    const UpdateScope scope(self);
    if (!scope.entered()) {
        return nullptr;
    }
    do {
        PyObject* before = load(self);
        PyObject* after = PyObject_CallFunctionObjArgs(function, before, nullptr);
        const bool replaced = after && replace_if(self, before, after);
        Py_DECREF(before);
        if (replaced || !after) {
            return after;
        }
        Py_DECREF(after);
    } while (PyErr_CheckSignals() == 0); // a function that never reaches the eval loop would hide Ctrl-C
    return nullptr;
}

int init(PyObject* self, PyObject* args, PyObject* kwargs) noexcept {
    PyObject* value = initial_value(args, kwargs, "|O:AtomicReference", Py_None);
    if (!value) {
        return -1;
    }
    Py_XDECREF(swap(self, Py_NewRef(value)));
    return 0;
}

// A reference to itself, or a circle of them, prints as "..." where it closes.
PyObject* repr(PyObject* self) noexcept {
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

// Runs while the collector has stopped every other thread: no section, which could not be entered now anyway.
int traverse(PyObject* self, visitproc visit, void* arg) noexcept {
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(payload<AtomicReference>(self).value);
    return 0;
}

// Runs beside other threads, unlike traverse; a finalizer may have kept this object alive.
int clear(PyObject* self) noexcept {
    Py_XDECREF(swap(self, nullptr));
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
    nb::class_<AtomicReference>(m, "AtomicReference", nb::type_slots(slots), nb::is_weak_referenceable(), type_doc);
}

} // namespace ungil::sync
