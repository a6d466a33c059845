#include "sync/bounded_queue_many.hpp"

#include "sync/queue_errors.hpp"

#include <algorithm>
#include <memory>
#include <new>

namespace ungil::sync {

namespace {

using Step = BoundedQueue::Step;

// Puts those in that fit now, from `next` on, a few dozen under each lock: others wait for it. Moves `next` on.
Step put_without_waiting(BoundedQueue& queue, PyObject* tuple, Py_ssize_t& next) {
    constexpr Py_ssize_t most = 64;
    PyObject* some[most];
    const Py_ssize_t count = std::min(most, PyTuple_Size(tuple) - next);
    for (Py_ssize_t i = 0; i < count; ++i) {
        some[i] = Py_NewRef(PyTuple_GetItem(tuple, next + i));
    }
    Step step = Step::done;
    const auto put = static_cast<Py_ssize_t>(queue.put_first_of(some, static_cast<std::size_t>(count), &step));
    for (Py_ssize_t i = put; i < count; ++i) {
        Py_DECREF(some[i]); // the tuple has another
    }
    next += put;
    return step;
}

// Puts the next one in, waiting for room.
Waited put_next(BoundedQueue& queue, PyObject* tuple, Py_ssize_t& next, const Deadline& deadline) {
    PyObject* item = Py_NewRef(PyTuple_GetItem(tuple, next));
    const Waited waited = put_or_wait(queue, item, deadline);
    if (waited == Waited::done) {
        ++next;
    } else {
        Py_DECREF(item);
    }
    return waited;
}

// How it went with the first one that could not be put.
Waited put_each(BoundedQueue& queue, PyObject* tuple, Py_ssize_t& next, const Deadline& deadline) {
    Waited waited = Waited::done;
    while (waited == Waited::done && next < PyTuple_Size(tuple)) {
        if (put_without_waiting(queue, tuple, next) != Step::done) {
            waited = put_next(queue, tuple, next, deadline);
        }
    }
    return waited;
}

// A list of `first`, whose reference it takes unless it is NULL, and of as many more as are there and allowed. NULL,
// without an error, where there is nothing or no memory.
PyObject* list_of_what_is_there(BoundedQueue& queue, PyObject* first, std::int64_t limit) {
    constexpr std::int64_t most = 1024; // under one lock, for which others wait
    const Py_ssize_t before = first ? 1 : 0;
    auto count = static_cast<Py_ssize_t>(std::min({limit - before, most, queue.size()}));
    while (count > 0) {
        // All memory before the first item is taken: nothing can fail after.
        const std::unique_ptr<PyObject*[]> items(new (std::nothrow) PyObject*[static_cast<std::size_t>(count)]);
        PyObject* list = items ? PyList_New(before + count) : nullptr;
        if (!list) {
            PyErr_Clear();
            return nullptr;
        }
        const auto there = static_cast<Py_ssize_t>(queue.get_exactly(items.get(), static_cast<std::size_t>(count)));
        if (there == count) {
            if (first) {
                PyList_SetItem(list, 0, first);
            }
            for (Py_ssize_t i = 0; i < count; ++i) {
                PyList_SetItem(list, before + i, items[static_cast<std::size_t>(i)]);
            }
            return list;
        }
        Py_DECREF(list); // another thread was there first
        count = there;
    }
    return nullptr;
}

} // namespace

PyObject* put_all(BoundedQueue& queue, PyObject* items, const Deadline& deadline) {
    PyObject* tuple = PySequence_Tuple(items);
    if (!tuple) {
        return nullptr;
    }
    Py_ssize_t put = 0;
    const Waited waited = put_each(queue, tuple, put, deadline);
    Py_DECREF(tuple);
    if (waited == Waited::failed) {
        return nullptr;
    }
    return waited == Waited::closed && put == 0 ? raise_closed() : PyLong_FromSsize_t(put);
}

PyObject* get_up_to(BoundedQueue& queue, std::int64_t limit, const Deadline& deadline) {
    if (PyObject* list = list_of_what_is_there(queue, nullptr, limit)) {
        return list;
    }
    PyObject* alone = PyList_New(1);
    if (!alone) {
        return nullptr;
    }
    PyObject* first = nullptr;
    const Waited waited = get_or_wait(queue, &first, deadline);
    if (waited != Waited::done) {
        Py_DECREF(alone);
        return raise_empty_for(waited);
    }
    PyObject* list = list_of_what_is_there(queue, first, limit);
    if (list) {
        Py_DECREF(alone);
        return list;
    }
    PyList_SetItem(alone, 0, first);
    return alone;
}

} // namespace ungil::sync
