#include "sync/concurrent_cache.hpp"

#include "sync/computations.hpp"

namespace ungil::sync {

namespace {

// Drops one entry; its place is the caller's. False where there is none to drop.
bool evict(ConcurrentCache& cache) {
    const Entry dropped = cache.entries.take_one();
    if (!dropped.key) {
        return false;
    }
    cache.evictions.add(1);
    Py_DECREF(dropped.key);
    Py_DECREF(dropped.value);
    return true;
}

// A place for one entry: free, or that of one dropped.
bool take_place(ConcurrentCache& cache) {
    std::int64_t taken = cache.places.load(std::memory_order_relaxed);
    while (taken < cache.maxsize.load(std::memory_order_relaxed)) {
        if (cache.places.compare_exchange_weak(taken, taken + 1, std::memory_order_relaxed)) {
            return true;
        }
    }
    return evict(cache);
}

void give_back_places(ConcurrentCache& cache, std::int64_t count) {
    cache.places.fetch_sub(count, std::memory_order_relaxed);
}

// Stores `value`, for a new key where there is a place. With `replace`, also where there is a value.
Edited store(ConcurrentCache& cache, PyObject* key, Py_hash_t hash, PyObject* value, bool replace) {
    Edit put{value};
    put.if_present = replace;
    put.if_absent = false;
    Edited edited = cache.entries.edit(key, hash, put);
    if (edited.failed || edited.before || !take_place(cache)) {
        return edited;
    }
    put.if_absent = true;
    edited = cache.entries.edit(key, hash, put);
    if (edited.growth != 1) {
        give_back_places(cache, 1); // it failed, or another thread stored the key first
    }
    return edited;
}

PyObject* find(ConcurrentCache& cache, PyObject* key, Py_hash_t hash) {
    PyObject* value = cache.entries.get(key, hash, true);
    if (value) {
        cache.hits.add(1);
    } else if (!PyErr_Occurred()) {
        cache.misses.add(1);
    }
    return value;
}

PyObject* find(PyObject* self, PyObject* key) {
    const Py_hash_t hash = PyObject_Hash(key);
    return hash != -1 ? find(cache(self), key, hash) : nullptr;
}

PyObject* subscript(PyObject* self, PyObject* key) {
    PyObject* value = find(self, key);
    return value || PyErr_Occurred() ? value : refuse_key(key);
}

PyObject* get(PyObject* self, PyObject* const* arguments, Py_ssize_t count) {
    if (!takes("get", count, 1, 2)) {
        return nullptr;
    }
    PyObject* value = find(self, arguments[0]);
    return value || PyErr_Occurred() ? value : Py_NewRef(count == 2 ? arguments[1] : Py_None);
}

// The value that was removed, a new reference; NULL where there was none, or with an error set.
PyObject* remove(PyObject* self, PyObject* key) {
    const Py_hash_t hash = PyObject_Hash(key);
    const Edited edited = hash != -1 ? cache(self).entries.edit(key, hash, {nullptr}) : Edited{true};
    if (edited.growth != 0) {
        give_back_places(cache(self), 1);
    }
    return edited.before;
}

PyObject* pop(PyObject* self, PyObject* const* arguments, Py_ssize_t count) {
    if (!takes("pop", count, 1, 2)) {
        return nullptr;
    }
    PyObject* value = remove(self, arguments[0]);
    if (value || PyErr_Occurred()) {
        return value;
    }
    return count == 2 ? Py_NewRef(arguments[1]) : refuse_key(arguments[0]);
}

int assign_subscript(PyObject* self, PyObject* key, PyObject* value) {
    if (value) {
        const Py_hash_t hash = PyObject_Hash(key);
        const Edited edited = hash != -1 ? store(cache(self), key, hash, value, true) : Edited{true};
        Py_XDECREF(edited.before);
        return edited.failed ? -1 : 0;
    }
    PyObject* removed = remove(self, key);
    if (!removed && !PyErr_Occurred()) {
        refuse_key(key);
    }
    Py_XDECREF(removed);
    return removed ? 0 : -1;
}

// Neither a hit nor a use.
int contains(PyObject* self, PyObject* key) {
    const Py_hash_t hash = PyObject_Hash(key);
    PyObject* value = hash != -1 ? cache(self).entries.get(key, hash) : nullptr;
    if (!value) {
        return PyErr_Occurred() ? -1 : 0;
    }
    Py_DECREF(value);
    return 1;
}

Py_ssize_t length(PyObject* self) {
    return cache(self).entries.size();
}

PyObject* clear(PyObject* self, PyObject*) {
    give_back_places(cache(self), cache(self).entries.clear());
    Py_RETURN_NONE;
}

// A key that is looked for twice on its way to being computed is one miss: only the first look counts.
class CachedValues final : public ComputedValues {
  public:
    explicit CachedValues(ConcurrentCache& cache) : cache_(cache) {}

    PyObject* find(PyObject* key, Py_hash_t hash) override {
        const bool first = !looked_;
        looked_ = true;
        return first ? sync::find(cache_, key, hash) : cache_.entries.get(key, hash, true);
    }

    PyObject* keep(PyObject* key, Py_hash_t hash, PyObject* value) override {
        const Edited edited = store(cache_, key, hash, value, false);
        return edited.failed || edited.before ? edited.before : Py_NewRef(value);
    }

  private:
    ConcurrentCache& cache_;
    bool looked_ = false;
};

PyObject* get_or_compute(PyObject* self, PyObject* const* arguments, Py_ssize_t count) {
    if (!takes("get_or_compute", count, 2, 2)) {
        return nullptr;
    }
    CachedValues values(cache(self));
    return sync::get_or_compute(cache(self).computations, values, arguments[0], arguments[1]);
}

PyObject* maxsize(PyObject* self, void*) {
    return PyLong_FromLongLong(cache(self).maxsize.load(std::memory_order_relaxed));
}

int init(PyObject* self, PyObject* args, PyObject* kwargs) {
    static char name[] = "maxsize";
    static char* keywords[] = {name, nullptr};
    PyObject* given = nullptr;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O:ConcurrentCache", keywords, &given)) {
        return -1;
    }
    const auto value = as_int64(given);
    if (!value || *value < 1) {
        if (value) {
            PyErr_SetString(PyExc_ValueError, "maxsize must be at least 1: a cache of nothing is no cache");
        }
        return -1;
    }
    cache(self).maxsize.store(*value, std::memory_order_relaxed);
    while (cache(self).places.load(std::memory_order_relaxed) > *value && evict(cache(self))) {
        give_back_places(cache(self), 1); // __init__ again, with less
    }
    return 0;
}

PyObject* repr(PyObject* self) {
    PyObject* name = PyType_GetName(Py_TYPE(self));
    const long long size = cache(self).entries.size();
    const long long most = cache(self).maxsize.load(std::memory_order_relaxed);
    PyObject* text = name ? PyUnicode_FromFormat("<%U: %lld of at most %lld entries>", name, size, most) : nullptr;
    Py_XDECREF(name);
    return text;
}

int traverse(PyObject* self, visitproc visit, void* arg) noexcept {
    Py_VISIT(Py_TYPE(self));
    const int result = cache(self).entries.traverse(visit, arg);
    return result != 0 ? result : cache(self).computations.traverse(visit, arg);
}

int tp_clear(PyObject* self) {
    give_back_places(cache(self), cache(self).entries.clear());
    cache(self).computations.clear();
    return 0;
}

constexpr const char* type_doc =
    "ConcurrentCache(maxsize)\n--\n\n"
    "A mapping that forgets: it keeps at most maxsize entries, and those that are used.\n\n"
    "Thread safety: every method is one atomic step for one key. A hit takes no lock. What to drop\n"
    "is decided by the CLOCK algorithm: an entry that was used since the last round stays. Where\n"
    "threads store new keys at the same moment in a cache that is full, one of them may not be\n"
    "kept. Statistics and len() are exact when nobody uses the cache meanwhile.";

PyMethodDef methods[] = {
    {"get", fast(get), METH_FASTCALL,
     "get($self, key, default=None, /)\n--\n\nReturn the value of key, or default where there is none."},
    {"pop", fast(pop), METH_FASTCALL,
     "pop($self, key, default=..., /)\n--\n\n"
     "Remove key and return its value; where there is none, return default or raise KeyError."},
    {"clear", clear, METH_NOARGS,
     "clear($self, /)\n--\n\nRemove all entries, in one step. The statistics go on counting."},
    {"get_or_compute", fast(get_or_compute), METH_FASTCALL,
     "get_or_compute($self, key, function, /)\n--\n\n"
     "Return the value of key; where there is none, store function(key) first.\n\n"
     "Thread safety: function runs without a lock and in one thread at a time for a key; other\n"
     "threads that ask for the key meanwhile wait. An exception from it reaches the call whose\n"
     "function raised it, stores nothing, and leaves the next of those that wait to run its own\n"
     "function; so does a value that was dropped at once. RuntimeError where function asks for its\n"
     "own key, or where threads would wait for each other in a circle."},
    {"statistics", cache_statistics, METH_NOARGS,
     "statistics($self, /)\n--\n\n"
     "Return a named tuple: hits, misses, evictions, size, maxsize.\n\n"
     "`key in cache` counts as neither; get_or_compute() counts once."},
    {"__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS, "ConcurrentCache[K, V], for annotations."},
    {"__reduce__", refuse_reduce, METH_NOARGS, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

PyGetSetDef properties[] = {
    {"maxsize", maxsize, nullptr, "The number of entries that it keeps at most.", nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr},
};

} // namespace

void bind_concurrent_cache(nb::module_& m) {
    bind_cache_statistics(m);
    const PyType_Slot slots[] = {
        slot(Py_tp_new, make<ConcurrentCache>),
        slot(Py_tp_init, init),
        slot(Py_tp_repr, repr),
        slot(Py_mp_subscript, subscript),
        slot(Py_mp_ass_subscript, assign_subscript),
        slot(Py_mp_length, length),
        slot(Py_sq_contains, contains),
        slot(Py_tp_traverse, traverse),
        slot(Py_tp_clear, tp_clear),
        {Py_tp_methods, methods},
        {Py_tp_getset, properties},
        {0, nullptr},
    };
    nb::class_<ConcurrentCache>(m, "ConcurrentCache", nb::type_slots(slots), nb::is_weak_referenceable(), nb::pooled(),
                                type_doc);
}

} // namespace ungil::sync
