// BoundedQueue as a Python type: its methods, and what the interpreter asks of an object that holds others.
#include "sync/bounded_queue_many.hpp"
#include "sync/queue_errors.hpp"
#include "sync/timeout_argument.hpp"

namespace ungil::sync {

namespace {

using Step = BoundedQueue::Step;

BoundedQueue& queue(PyObject* self) {
    return payload<BoundedQueue>(self);
}

PyObject* put_before(PyObject* self, PyObject* item, const Deadline& deadline) {
    Py_INCREF(item);
    const Waited waited = put_or_wait(queue(self), item, deadline);
    if (waited == Waited::done) {
        Py_RETURN_NONE;
    }
    Py_DECREF(item);
    return raise_full_for(waited);
}

PyObject* get_before(PyObject* self, const Deadline& deadline) {
    PyObject* item = nullptr;
    const Waited waited = get_or_wait(queue(self), &item, deadline);
    return waited == Waited::done ? item : raise_empty_for(waited);
}

PyObject* put(PyObject* self, PyObject* const* values, Py_ssize_t count, PyObject* names) {
    const Passed passed{values, count, names};
    if (passed.only(1)) {
        PyObject* item = Py_NewRef(values[0]);
        if (queue(self).put(item) == Step::done) {
            Py_RETURN_NONE;
        }
        Py_DECREF(item);
        return put_before(self, item, Deadline());
    }
    const auto deadline = deadline_of("put", 1, passed);
    return deadline ? put_before(self, values[0], *deadline) : nullptr;
}

PyObject* get(PyObject* self, PyObject* const* values, Py_ssize_t count, PyObject* names) {
    const Passed passed{values, count, names};
    if (passed.only(0)) {
        PyObject* item = nullptr;
        return queue(self).get(&item) == Step::done ? item : get_before(self, Deadline());
    }
    const auto deadline = deadline_of("get", 0, passed);
    return deadline ? get_before(self, *deadline) : nullptr;
}

PyObject* put_nowait(PyObject* self, PyObject* item) {
    return put_before(self, item, Deadline::now());
}

PyObject* get_nowait(PyObject* self, PyObject*) {
    return get_before(self, Deadline::now());
}

PyObject* put_many(PyObject* self, PyObject* const* values, Py_ssize_t count, PyObject* names) {
    const auto deadline = deadline_of("put_many", 1, {values, count, names});
    return deadline ? put_all(queue(self), values[0], *deadline) : nullptr;
}

// At least 1; nothing, with an error set, for others.
std::optional<std::int64_t> as_count(PyObject* argument, const char* name) {
    const auto count = as_int64(argument);
    if (count && *count < 1) {
        PyErr_Format(PyExc_ValueError, "%s must be at least 1, not %lld", name, static_cast<long long>(*count));
        return std::nullopt;
    }
    return count;
}

PyObject* get_many(PyObject* self, PyObject* const* values, Py_ssize_t count, PyObject* names) {
    const auto deadline = deadline_of("get_many", 1, {values, count, names});
    const auto limit = deadline ? as_count(values[0], "limit") : std::nullopt;
    return limit ? get_up_to(queue(self), *limit, *deadline) : nullptr;
}

PyObject* close(PyObject* self, PyObject*) {
    queue(self).close();
    Py_RETURN_NONE;
}

// The end of the iteration is that nothing will come any more.
PyObject* next(PyObject* self) {
    PyObject* item = nullptr;
    const Waited waited = get_or_wait(queue(self), &item, Deadline());
    return waited == Waited::done ? item : nullptr;
}

PyObject* maxsize(PyObject* self, void*) {
    return PyLong_FromLongLong(queue(self).maxsize());
}

PyObject* closed(PyObject* self, void*) {
    return PyBool_FromLong(queue(self).closed());
}

Py_ssize_t length(PyObject* self) {
    return static_cast<Py_ssize_t>(queue(self).size());
}

// Without this, `in` would iterate, and with it get every item and then wait for more.
int contains(PyObject*, PyObject*) {
    PyErr_SetString(PyExc_TypeError, "cannot look into a BoundedQueue: get() the items");
    return -1;
}

int init(PyObject* self, PyObject* args, PyObject* kwargs) {
    static char name[] = "maxsize";
    static char* keywords[] = {name, nullptr};
    PyObject* given = nullptr;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O:BoundedQueue", keywords, &given)) {
        return -1;
    }
    const auto most = as_count(given, "maxsize");
    if (!most) {
        return -1;
    }
    if (!queue(self).set_maxsize(*most)) {
        PyErr_SetString(PyExc_RuntimeError, "__init__() of a BoundedQueue that is in use: make a new one");
        return -1;
    }
    return 0;
}

PyObject* repr(PyObject* self) {
    PyObject* name = PyType_GetName(Py_TYPE(self));
    if (!name) {
        return nullptr;
    }
    BoundedQueue& it = queue(self);
    PyObject* text = PyUnicode_FromFormat("<%U maxsize=%lld len=%lld%s>", name, static_cast<long long>(it.maxsize()),
                                          static_cast<long long>(it.size()), it.closed() ? " closed" : "");
    Py_DECREF(name);
    return text;
}

PyObject* refuse_to_be_copied(PyObject* self, PyObject*) {
    if (PyObject* name = PyType_GetName(Py_TYPE(self))) {
        PyErr_Format(PyExc_TypeError, "cannot copy or pickle %U: threads of one process wait for each other at it",
                     name);
        Py_DECREF(name);
    }
    return nullptr;
}

// What a waiting thread brought or was just given is not visited: its call keeps it alive.
int traverse(PyObject* self, visitproc visit, void* arg) noexcept {
    Py_VISIT(Py_TYPE(self));
    return queue(self).visit([=](PyObject* item) { return visit(item, arg); });
}

// Runs beside other threads, unlike traverse; a finalizer may have kept this object alive.
int clear(PyObject* self) {
    PyObject* item = nullptr;
    for (std::int64_t left = queue(self).size(); left > 0 && queue(self).get(&item) == Step::done; --left) {
        Py_DECREF(item); // may put something back: hence no more than were there
    }
    return 0;
}

constexpr const char* type_doc =
    "BoundedQueue(maxsize)\n--\n\n"
    "A queue of at most maxsize items, to pass objects from threads to threads.\n\n"
    "Raises ValueError where maxsize is less than 1. Memory grows with the most items that there\n"
    "ever were, not with maxsize, and is kept.\n\n"
    "Thread safety: every method may be called by any thread at any time, and each item that was\n"
    "put is got once. Items come out in the order in which they went in; threads that wait are\n"
    "served in the order in which they came. put() and get() are one step each; len(), closed and\n"
    "repr() look once, and what they say may be over. While a thread waits, Ctrl-C and other\n"
    "signals run their handlers, which may use the same queue: an exception from a handler leaves\n"
    "put() before it has put and get() before it has got anything.\n\n"
    "`for item in queue` gets items until the queue is closed and empty; several threads may do so.";

PyMethodDef methods[] = {
    {"put", fast(put), METH_FASTCALL | METH_KEYWORDS,
     "put($self, item, /, timeout=None)\n--\n\n"
     "Put the item in, waiting for room for timeout seconds, or for ever where it is None.\n\n"
     "Raises queue.Full where there was none in time, QueueClosed where the queue is closed, at once\n"
     "or while this waits, ValueError where timeout is negative, MemoryError."},
    {"get", fast(get), METH_FASTCALL | METH_KEYWORDS,
     "get($self, /, timeout=None)\n--\n\n"
     "Return the item that was put first, waiting for one for timeout seconds, or for ever where it\n"
     "is None.\n\n"
     "Raises queue.Empty where there was none in time, QueueClosed where the queue is closed and\n"
     "empty, at once or while this waits, ValueError where timeout is negative."},
    {"put_nowait", put_nowait, METH_O,
     "put_nowait($self, item, /)\n--\n\nPut the item in, or raise queue.Full at once: put(item, timeout=0)."},
    {"get_nowait", get_nowait, METH_NOARGS,
     "get_nowait($self, /)\n--\n\nReturn the first item, or raise queue.Empty at once: get(timeout=0)."},
    {"put_many", fast(put_many), METH_FASTCALL | METH_KEYWORDS,
     "put_many($self, items, /, timeout=None)\n--\n\n"
     "Put the items in, in their order, and return how many were put: all, unless the time ran out or\n"
     "the queue was closed meanwhile.\n\n"
     "The iterable is read to its end before the first is put. Not one step: as many as fit go in\n"
     "together, some dozens at most, and other threads' items may come between.\n\n"
     "Raises QueueClosed where the queue was closed before the first item was put, ValueError where\n"
     "timeout is negative, MemoryError. After MemoryError, and after an exception from a signal\n"
     "handler, the first of the items may be in the queue."},
    {"get_many", fast(get_many), METH_FASTCALL | METH_KEYWORDS,
     "get_many($self, limit, /, timeout=None)\n--\n\n"
     "Return a list of the first items, at least one, at most limit and about a thousand, waiting for\n"
     "one as get() does, and then for no more.\n\n"
     "Where it need not wait, all are got in one step: no other thread gets one between.\n\n"
     "Raises what get() raises, and ValueError where limit is less than 1; nothing was got then."},
    {"close", close, METH_NOARGS,
     "close($self, /)\n--\n\n"
     "Let nothing more in: put() raises QueueClosed from now on, get() once the queue is empty.\n\n"
     "Threads that wait for room or for an item get QueueClosed at once. Closing again does nothing."},
    {"__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS, "BoundedQueue[T], for annotations."},
    {"__reduce__", refuse_to_be_copied, METH_NOARGS, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

PyGetSetDef properties[] = {
    {"maxsize", maxsize, nullptr, "How many items there can be.", nullptr},
    {"closed", closed, nullptr, "Whether close() was called.", nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr},
};

} // namespace

void bind_bounded_queue(nb::module_& m) {
    const PyType_Slot slots[] = {
        slot(Py_tp_new, make<BoundedQueue>),
        slot(Py_tp_init, init),
        slot(Py_tp_repr, repr),
        slot(Py_tp_traverse, traverse),
        slot(Py_tp_clear, clear),
        slot(Py_tp_iter, PyObject_SelfIter),
        slot(Py_tp_iternext, next),
        slot(Py_sq_length, length),
        slot(Py_sq_contains, contains),
        {Py_tp_methods, methods},
        {Py_tp_getset, properties},
        {0, nullptr},
    };
    nb::class_<BoundedQueue>(m, "BoundedQueue", nb::type_slots(slots), nb::is_weak_referenceable(), nb::pooled(),
                             type_doc);
    bind_queue_closed(m);
}

} // namespace ungil::sync
