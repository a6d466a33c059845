#include "sync/atomic_integer.hpp"

#include "sync/deferred.hpp"
#include "sync/update_call.hpp"

#include <vector>

namespace ungil::sync {

namespace {

PyObject* get(PyObject* self, PyObject*) {
    return as_int(integer(self).get());
}

PyObject* set(PyObject* self, PyObject* argument) {
    const auto value = as_int64(argument);
    if (!value) {
        return nullptr;
    }
    integer(self).set(*value);
    Py_RETURN_NONE;
}

PyObject* increment(PyObject* self, PyObject*) {
    return as_int_or_overflow(integer(self).add(1));
}

PyObject* decrement(PyObject* self, PyObject*) {
    return as_int_or_overflow(integer(self).add(-1));
}

PyObject* add(PyObject* self, PyObject* argument) {
    const auto delta = as_int64(argument);
    return delta ? as_int_or_overflow(integer(self).add(*delta)) : nullptr;
}

PyObject* exchange(PyObject* self, PyObject* argument) {
    const auto value = as_int64(argument);
    return value ? as_int(integer(self).exchange(*value)) : nullptr;
}

PyObject* compare_and_set(PyObject* self, PyObject* const* arguments, Py_ssize_t count) {
    if (!takes_two("compare_and_set", count)) {
        return nullptr;
    }
    const auto expected = as_int64(arguments[0]);
    const auto desired = expected ? as_int64(arguments[1]) : std::nullopt;
    return desired ? PyBool_FromLong(integer(self).compare_and_set(*expected, *desired)) : nullptr;
}

// What the function given to update() returned, as 64 bits.
std::optional<std::int64_t> next_value(PyObject* result) {
    if (PyIndex_Check(result)) {
        return as_int64(result, overflow);
    }
    if (PyObject* name = PyType_GetName(Py_TYPE(result))) {
        PyErr_Format(PyExc_TypeError, "the function given to update() must return an int, not %U", name);
        Py_DECREF(name);
    }
    return std::nullopt;
}

std::optional<std::int64_t> call_with(PyObject* self, PyObject* function, std::int64_t value) {
    PyObject* argument = as_int(value);
    PyObject* result = argument ? call_to_update(self, function, argument) : nullptr;
    Py_XDECREF(argument);
    const auto next = result ? next_value(result) : std::nullopt;
    Py_XDECREF(result);
    return next;
}

// A value that went away and came back counts as unchanged: for an int, unlike for a reference, it is.
PyObject* update(PyObject* self, PyObject* function) {
    CheckedInt64& value = integer(self);
    do {
        const std::int64_t before = value.get();
        const auto after = call_with(self, function, before);
        if (!after) {
            return nullptr;
        }
        if (value.compare_and_set(before, *after)) {
            return as_int(*after);
        }
    } while (PyErr_CheckSignals() == 0); // a function that never reaches the eval loop would hide Ctrl-C
    return nullptr;
}

int init(PyObject* self, PyObject* args, PyObject* kwargs) {
    PyObject* given = initial_value(args, kwargs, "|O:AtomicInteger", Py_False);
    const auto value = given ? as_int64(given) : std::nullopt;
    if (!value) {
        return -1;
    }
    integer(self).set(*value);
    return 0;
}

PyObject* repr(PyObject* self) {
    return repr_as_call(self, PyUnicode_FromFormat("%lld", static_cast<long long>(integer(self).get())));
}

constexpr const char* type_doc =
    "AtomicInteger(value=0)\n--\n\n"
    "A 64-bit signed integer that threads may change at the same time.\n\n"
    "Thread safety: every method is one atomic step that all threads see in the same order, and so\n"
    "is every in-place operator. A result beyond 64 bits raises OverflowError and changes nothing.\n"
    "Comparison, int(), bool() and repr() look at the value once. There is no `counter + 1` and no\n"
    "hash(): the value may have changed before either is of use; `counter.get()` is the int to\n"
    "calculate with or to use as a key.\n\n"
    "The cheap call is increment(), and add() for other amounts than 1. `+=` counts a reference to the\n"
    "object besides, which costs more than the addition wherever several threads use the object, and\n"
    "is cheaper only in the thread that made it, for it makes no int to return. Where no one needs the\n"
    "new value and every core counts, ShardedCounter costs less still.";

PyMethodDef methods[] = {
    {"get", get, METH_NOARGS, "get($self, /)\n--\n\nReturn the value."},
    {"set", set, METH_O, "set($self, value, /)\n--\n\nReplace the value."},
    {"increment", increment, METH_NOARGS,
     "increment($self, /)\n--\n\nAdd 1 and return the new value.\n\n"
     "Raises OverflowError, and changes nothing, at 2**63 - 1."},
    {"decrement", decrement, METH_NOARGS,
     "decrement($self, /)\n--\n\nSubtract 1 and return the new value.\n\n"
     "Raises OverflowError, and changes nothing, at -2**63."},
    {"add", add, METH_O,
     "add($self, amount, /)\n--\n\nAdd amount, which may be negative, and return the new value.\n\n"
     "Raises OverflowError, and changes nothing, where the result needs more than 64 bits."},
    {"exchange", exchange, METH_O, "exchange($self, value, /)\n--\n\nReplace the value and return the one before."},
    {"compare_and_set", fast(compare_and_set), METH_FASTCALL,
     "compare_and_set($self, expected, value, /)\n--\n\n"
     "Replace the value if it equals expected; return whether it was replaced."},
    {"update", update, METH_O,
     "update($self, function, /)\n--\n\n"
     "Replace the value by function(value) and return the new value.\n\n"
     "Thread safety: function runs without a lock and runs again where another thread has changed\n"
     "the value meanwhile, so it should do nothing but calculate. An exception from it leaves the\n"
     "value unchanged. RuntimeError where it calls update() of the same object; where it changes the\n"
     "object in another way, every attempt fails and none is the last."},
    {"__reduce__", refuse_reduce, METH_NOARGS, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

std::vector<PyType_Slot> slots() {
    std::vector<PyType_Slot> all = {slot(Py_tp_new, make<AtomicInteger>),
                                    slot(Py_tp_init, init),
                                    slot(Py_tp_repr, repr),
                                    slot(Py_tp_traverse, visit_type),
                                    {Py_tp_methods, methods}};
    for (const PyType_Slot* next = integer_operators(); next->slot != 0; ++next) {
        all.push_back(*next);
    }
    all.push_back({0, nullptr});
    return all;
}

} // namespace

void bind_atomic_integer(nb::module_& m) {
    const std::vector<PyType_Slot> all = slots();
    nb::class_<AtomicInteger>(m, "AtomicInteger", nb::type_slots(all.data()), nb::is_weak_referenceable(), nb::pooled(),
                              type_doc);
}

} // namespace ungil::sync
