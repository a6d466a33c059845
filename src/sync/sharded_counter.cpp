#include "sync/sharded_counter.hpp"

namespace ungil::sync {

namespace {

ShardedSum& counter(PyObject* self) {
    return payload<ShardedCounter>(self).value;
}

PyObject* none_or_overflow(bool added) {
    if (!added) {
        PyErr_SetString(PyExc_OverflowError, "the part of the sum that this thread adds to has no room for it in 64 "
                                             "bits: the ShardedCounter is unchanged");
        return nullptr;
    }
    Py_RETURN_NONE;
}

PyObject* add_amount(PyObject* self, std::int64_t amount) {
    return none_or_overflow(counter(self).add(amount, [self] { enable_deferred_refcount(self); }));
}

PyObject* add(PyObject* self, PyObject* argument) {
    const auto amount = as_int64(argument);
    return amount ? add_amount(self, *amount) : nullptr;
}

PyObject* increment(PyObject* self, PyObject*) {
    return add_amount(self, 1);
}

// high * 2^32 + low of a total beyond 64 bits. Takes the references; NULL where one of them is.
PyObject* join(PyObject* high, PyObject* low, PyObject* half) {
    PyObject* shifted = high && low && half ? PyNumber_Lshift(high, half) : nullptr;
    PyObject* joined = shifted ? PyNumber_Or(shifted, low) : nullptr;
    Py_XDECREF(shifted);
    Py_XDECREF(half);
    Py_XDECREF(low);
    Py_XDECREF(high);
    return joined;
}

PyObject* sum(PyObject* self) {
    const ShardedSum::Total total = counter(self).sum();
    if (total.fits()) {
        return PyLong_FromLongLong(total.clamped());
    }
    return join(PyLong_FromLongLong(total.high), PyLong_FromUnsignedLong(total.low), PyLong_FromLong(32));
}

PyObject* sum_method(PyObject* self, PyObject*) {
    return sum(self);
}

int is_nonzero(PyObject* self) {
    const ShardedSum::Total total = counter(self).sum();
    return total.high != 0 || total.low != 0;
}

int init(PyObject*, PyObject* args, PyObject* kwargs) {
    static char* no_keywords[] = {nullptr};
    return PyArg_ParseTupleAndKeywords(args, kwargs, ":ShardedCounter", no_keywords) ? 0 : -1;
}

// In angle brackets: no call makes a counter with that sum.
PyObject* repr(PyObject* self) {
    PyObject* now = sum(self);
    PyObject* name = now ? PyType_GetName(Py_TYPE(self)) : nullptr;
    PyObject* text = name ? PyUnicode_FromFormat("<%U sum=%S>", name, now) : nullptr;
    Py_XDECREF(name);
    Py_XDECREF(now);
    return text;
}

int traverse(PyObject* self, visitproc visit, void* arg) noexcept {
    Py_VISIT(Py_TYPE(self));
    return 0;
}

constexpr const char* type_doc =
    "ShardedCounter()\n--\n\n"
    "A sum that begins at 0 and that threads on every core may add to at full speed.\n\n"
    "Each thread adds to a part of its own, so threads do not slow each other down; the price is that\n"
    "adding returns nothing and that sum() looks at every part. For a number that is read about as\n"
    "often as it is changed, or whose new value matters, take AtomicInteger.\n\n"
    "Thread safety: an addition is one atomic step. sum() is exact when no thread adds meanwhile. Else\n"
    "it contains what was added before it began, and some of what is added while it runs, not always\n"
    "the earlier part of it: with amounts of both signs it may be a number that the sum never was.\n"
    "int(), bool() and repr() are made from a sum().\n\n"
    "A counter that only one thread adds to is freed with the last reference to it. Once a second\n"
    "thread has added, references are not counted any more on a free-threaded build, and the garbage\n"
    "collector frees the counter when it comes to it: keep such counters, don't make them in a loop.\n"
    "A thread has a part for itself while there are not many more threads than cores; what is over\n"
    "shares parts, more slowly. The parts of one counter take 384 bytes for each core.";

PyMethodDef methods[] = {
    {"add", add, METH_O,
     "add($self, amount, /)\n--\n\nAdd amount, which may be negative.\n\n"
     "Raises OverflowError, and changes nothing, where the part of this thread needs more than 64 bits;\n"
     "the sum of all parts may have more."},
    {"increment", increment, METH_NOARGS, "increment($self, /)\n--\n\nAdd 1; as add(1), and cheaper."},
    {"sum", sum_method, METH_NOARGS,
     "sum($self, /)\n--\n\nReturn what has been added, an int of any size.\n\n"
     "Exact when no thread adds meanwhile."},
    {"__reduce__", refuse_reduce, METH_NOARGS, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

} // namespace

void bind_sharded_counter(nb::module_& m) {
    const PyType_Slot slots[] = {
        slot(Py_tp_new, make<ShardedCounter>),
        slot(Py_tp_init, init),
        slot(Py_tp_repr, repr),
        slot(Py_tp_traverse, traverse),
        slot(Py_nb_int, sum),
        slot(Py_nb_bool, is_nonzero),
        {Py_tp_methods, methods},
        {0, nullptr},
    };
    nb::class_<ShardedCounter>(m, "ShardedCounter", nb::type_slots(slots), nb::is_weak_referenceable(), nb::pooled(),
                               type_doc);
}

} // namespace ungil::sync
