#include "sync/concurrent_dict.hpp"

#include "sync/computations.hpp"
#include "sync/update_call.hpp"

namespace ungil::sync {

namespace {

HashTable& entries(PyObject* self) {
    return dictionary(self).entries;
}

// The value of `key`, a new reference; NULL without an error set where there is none.
PyObject* find(PyObject* self, PyObject* key) {
    const Py_hash_t hash = PyObject_Hash(key);
    return hash != -1 ? entries(self).get(key, hash) : nullptr;
}

// One edit of the entry of `key`; `before` is the caller's.
Edited edit(PyObject* self, PyObject* key, const Edit& edit) {
    const Py_hash_t hash = PyObject_Hash(key);
    return hash != -1 ? entries(self).edit(key, hash, edit) : Edited{true};
}

PyObject* subscript(PyObject* self, PyObject* key) {
    PyObject* value = find(self, key);
    return value || PyErr_Occurred() ? value : refuse_key(key);
}

int assign_subscript(PyObject* self, PyObject* key, PyObject* value) {
    const Edited edited = edit(self, key, {value});
    const bool missing = !edited.failed && !value && !edited.before;
    Py_XDECREF(edited.before);
    if (missing) {
        refuse_key(key);
    }
    return edited.failed || missing ? -1 : 0;
}

int contains(PyObject* self, PyObject* key) {
    PyObject* value = find(self, key);
    if (!value) {
        return PyErr_Occurred() ? -1 : 0;
    }
    Py_DECREF(value);
    return 1;
}

Py_ssize_t length(PyObject* self) {
    return entries(self).size();
}

PyObject* get(PyObject* self, PyObject* const* arguments, Py_ssize_t count) {
    if (!takes("get", count, 1, 2)) {
        return nullptr;
    }
    PyObject* value = find(self, arguments[0]);
    return value || PyErr_Occurred() ? value : Py_NewRef(count == 2 ? arguments[1] : Py_None);
}

PyObject* setdefault(PyObject* self, PyObject* const* arguments, Py_ssize_t count) {
    if (!takes("setdefault", count, 1, 2)) {
        return nullptr;
    }
    PyObject* value = count == 2 ? arguments[1] : Py_None;
    const Py_hash_t hash = PyObject_Hash(arguments[0]);
    return hash != -1 ? entries(self).set_default(arguments[0], hash, value) : nullptr;
}

PyObject* pop(PyObject* self, PyObject* const* arguments, Py_ssize_t count) {
    if (!takes("pop", count, 1, 2)) {
        return nullptr;
    }
    const Edited edited = edit(self, arguments[0], {nullptr});
    if (edited.failed || edited.before) {
        return edited.before;
    }
    return count == 2 ? Py_NewRef(arguments[1]) : refuse_key(arguments[0]);
}

PyObject* popitem(PyObject* self, PyObject*) {
    Entry entry{nullptr, nullptr};
    do {
        entry = entries(self).take_one();
    } while (!entry.key && !entries(self).is_empty());
    if (!entry.key) {
        PyErr_SetString(PyExc_KeyError, "popitem(): the ConcurrentDict is empty");
        return nullptr;
    }
    PyObject* pair = PyTuple_Pack(2, entry.key, entry.value); // without memory for it the entry is lost
    Py_DECREF(entry.key);
    Py_DECREF(entry.value);
    return pair;
}

PyObject* clear(PyObject* self, PyObject*) {
    entries(self).clear();
    Py_RETURN_NONE;
}

class DictionaryValues final : public ComputedValues {
  public:
    explicit DictionaryValues(HashTable& table) : table_(table) {}

    PyObject* find(PyObject* key, Py_hash_t hash) override { return table_.get(key, hash); }

    PyObject* keep(PyObject* key, Py_hash_t hash, PyObject* value) override {
        return table_.set_default(key, hash, value);
    }

  private:
    HashTable& table_;
};

PyObject* get_or_compute(PyObject* self, PyObject* const* arguments, Py_ssize_t count) {
    if (!takes("get_or_compute", count, 2, 2)) {
        return nullptr;
    }
    DictionaryValues values(entries(self));
    return sync::get_or_compute(dictionary(self).computations, values, arguments[0], arguments[1]);
}

// One attempt of update_value(): what was stored, a new reference. NULL with an error set, or without one where another
// thread came between.
PyObject* try_update(PyObject* self, PyObject* key, Py_hash_t hash, PyObject* function, PyObject* missing) {
    PyObject* before = entries(self).get(key, hash);
    if (!before && (PyErr_Occurred() || !missing)) {
        return PyErr_Occurred() ? nullptr : refuse_key(key);
    }
    PyObject* after = call_to_update(self, function, before ? before : missing, key, hash);
    Edited edited{true};
    if (after) {
        Edit put{after};
        put.if_present = before != nullptr;
        put.if_absent = before == nullptr;
        put.expected = before;
        edited = entries(self).edit(key, hash, put);
    }
    Py_XDECREF(edited.before);
    Py_XDECREF(before);
    if (!edited.applied) {
        Py_CLEAR(after);
    }
    return after;
}

PyObject* update_value(PyObject* self, PyObject* const* arguments, Py_ssize_t count) {
    if (!takes("update_value", count, 2, 3)) {
        return nullptr;
    }
    const Py_hash_t hash = PyObject_Hash(arguments[0]);
    if (hash == -1) {
        return nullptr;
    }
    PyObject* after = nullptr;
    do {
        after = try_update(self, arguments[0], hash, arguments[1], count == 3 ? arguments[2] : nullptr);
    } while (!after && !PyErr_Occurred() && PyErr_CheckSignals() == 0);
    return after;
}

// The world is stopped, or nobody else has the GIL; before the constructor ran there is no table.
int traverse(PyObject* self, visitproc visit, void* arg) noexcept {
    Py_VISIT(Py_TYPE(self));
    const int result = entries(self).traverse(visit, arg);
    return result != 0 ? result : dictionary(self).computations.traverse(visit, arg);
}

int tp_clear(PyObject* self) {
    entries(self).clear();
    dictionary(self).computations.clear();
    return 0;
}

constexpr const char* type_doc =
    "ConcurrentDict(other=(), /, **more)\n--\n\n"
    "A mapping that threads read and change at the same time, without a lock around it.\n\n"
    "Thread safety: every method is one atomic step for one key. Reading takes no lock; writing\n"
    "takes one that only writers of a few other keys want. What looks at all entries (iteration,\n"
    "keys(), items(), copy(), ==, repr()) looks at a snapshot: the entries that there were at one\n"
    "moment. len() is exact when nobody adds or removes entries meanwhile. A key's __hash__ and\n"
    "__eq__ run without a lock, and may use the mapping.\n\n"
    "There is no order. dict(mapping) and {**mapping} take the keys first and the values later,\n"
    "and fail where one is removed in between: use snapshot().";

PyMethodDef methods[] = {
    {"get", fast(get), METH_FASTCALL,
     "get($self, key, default=None, /)\n--\n\nReturn the value of key, or default where there is none."},
    {"setdefault", fast(setdefault), METH_FASTCALL,
     "setdefault($self, key, default=None, /)\n--\n\nReturn the value of key; where there is none, store default "
     "first."},
    {"pop", fast(pop), METH_FASTCALL,
     "pop($self, key, default=..., /)\n--\n\n"
     "Remove key and return its value; where there is none, return default or raise KeyError."},
    {"popitem", popitem, METH_NOARGS,
     "popitem($self, /)\n--\n\nRemove some entry and return it as a pair. KeyError where there is none."},
    {"clear", clear, METH_NOARGS, "clear($self, /)\n--\n\nRemove all entries, in one step."},
    {"update", with_keywords(dictionary_methods::update), METH_VARARGS | METH_KEYWORDS,
     "update($self, other=(), /, **more)\n--\n\n"
     "Store the entries of a mapping, or of an iterable of pairs, and those given by name.\n\n"
     "Thread safety: one atomic step for each entry, not one for all of them."},
    {"get_or_compute", fast(get_or_compute), METH_FASTCALL,
     "get_or_compute($self, key, function, /)\n--\n\n"
     "Return the value of key; where there is none, store function(key) first.\n\n"
     "Thread safety: function runs without a lock and in one thread at a time for a key; other\n"
     "threads that ask for the key meanwhile wait, and get its result. An exception from it reaches\n"
     "the call whose function raised it, stores nothing, and leaves the next of those that wait to\n"
     "run its own function. Where key gets a value in another way meanwhile, that value stays and is\n"
     "returned. RuntimeError where function asks for its own key, or where threads would wait for\n"
     "each other in a circle."},
    {"update_value", fast(update_value), METH_FASTCALL,
     "update_value($self, key, function, default=..., /)\n--\n\n"
     "Replace the value of key by function(value) and return the new one.\n\n"
     "Where there is none: by function(default), or KeyError without a default.\n\n"
     "Thread safety: function runs without a lock and runs again where another thread has replaced\n"
     "the value meanwhile, so it should do nothing but build the new one. An exception from it leaves\n"
     "the value in place. RuntimeError where it calls update_value() for the same key."},
    {"keys", dictionary_methods::keys, METH_NOARGS,
     "keys($self, /)\n--\n\nReturn a view of the keys of a snapshot: they do not change any more."},
    {"values", dictionary_methods::values, METH_NOARGS,
     "values($self, /)\n--\n\nReturn a view of the values of a snapshot."},
    {"items", dictionary_methods::items, METH_NOARGS,
     "items($self, /)\n--\n\nReturn a view of the pairs of a snapshot."},
    {"snapshot", dictionary_methods::snapshot, METH_NOARGS,
     "snapshot($self, /)\n--\n\nReturn a dict of the entries that there were at one moment."},
    {"copy", dictionary_methods::copy, METH_NOARGS,
     "copy($self, /)\n--\n\nReturn another one with the entries of a snapshot; of a subclass too, a ConcurrentDict."},
    {"__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS, "ConcurrentDict[K, V], for annotations."},
    {"__reduce__", dictionary_methods::reduce, METH_NOARGS, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

} // namespace

void bind_concurrent_dict(nb::module_& m) {
    const PyType_Slot slots[] = {
        slot(Py_tp_new, make<ConcurrentDict>),
        slot(Py_tp_init, dictionary_methods::init),
        slot(Py_tp_repr, dictionary_methods::repr),
        slot(Py_tp_iter, dictionary_methods::iterate),
        slot(Py_tp_richcompare, dictionary_methods::compare),
        slot(Py_tp_hash, PyObject_HashNotImplemented), // as for dict: equal today, different tomorrow
        slot(Py_mp_subscript, subscript),
        slot(Py_mp_ass_subscript, assign_subscript),
        slot(Py_mp_length, length),
        slot(Py_sq_contains, contains),
        slot(Py_tp_traverse, traverse),
        slot(Py_tp_clear, tp_clear),
        {Py_tp_methods, methods},
        {0, nullptr},
    };
    auto type = nb::class_<ConcurrentDict>(m, "ConcurrentDict", nb::type_slots(slots), nb::is_weak_referenceable(),
                                           nb::pooled(), type_doc);
    // What collections.abc is made of, and what every interpreter has loaded by now: `import ungil` imports nothing.
    nb::module_::import_("_collections_abc").attr("MutableMapping").attr("register")(type);
}

} // namespace ungil::sync
