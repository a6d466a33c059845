// What ConcurrentDict does with all of its entries: it copies them at one moment, and works on the copy.
#include "sync/concurrent_dict.hpp"
#include "sync/names.hpp"

#include <optional>

namespace ungil::sync {

namespace {

std::optional<Entries> all_entries(PyObject* self) {
    try {
        return dictionary(self).entries.snapshot();
    } catch (const std::bad_alloc&) {
        PyErr_NoMemory();
        return std::nullopt;
    }
}

PyObject* snapshot_as_dict(PyObject* self) {
    const auto entries = all_entries(self);
    PyObject* dict = entries ? PyDict_New() : nullptr;
    for (std::size_t index = 0; dict && index < entries->list.size(); ++index) {
        const Entry& entry = entries->list[index];
        if (PyDict_SetItem(dict, entry.key, entry.value) != 0) {
            Py_CLEAR(dict);
        }
    }
    return dict;
}

bool is_concurrent_dict(PyObject* object) {
    return nb::isinstance<ConcurrentDict>(object);
}

PyObject* as_list_of_keys(const Entries& entries) {
    PyObject* list = PyList_New(static_cast<Py_ssize_t>(entries.list.size()));
    for (std::size_t index = 0; list && index < entries.list.size(); ++index) {
        PyList_SetItem(list, static_cast<Py_ssize_t>(index), Py_NewRef(entries.list[index].key));
    }
    return list;
}

} // namespace

namespace dictionary_methods {

PyObject* iterate(PyObject* self) {
    const auto entries = all_entries(self);
    PyObject* keys = entries ? as_list_of_keys(*entries) : nullptr;
    PyObject* iterator = keys ? PyObject_GetIter(keys) : nullptr;
    Py_XDECREF(keys);
    return iterator;
}

namespace {

// A view of a copy: the one reference to the copy is the view's.
PyObject* view(PyObject* self, PyObject* method) {
    PyObject* copy = snapshot_as_dict(self);
    PyObject* result = copy ? PyObject_CallMethodObjArgs(copy, method, nullptr) : nullptr;
    Py_XDECREF(copy);
    return result;
}

} // namespace

PyObject* keys(PyObject* self, PyObject*) {
    return view(self, names::keys);
}

PyObject* values(PyObject* self, PyObject*) {
    return view(self, names::values);
}

PyObject* items(PyObject* self, PyObject*) {
    return view(self, names::items);
}

PyObject* snapshot(PyObject* self, PyObject*) {
    return snapshot_as_dict(self);
}

PyObject* copy(PyObject* self, PyObject*) {
    PyObject* entries = snapshot_as_dict(self);
    PyObject* type = reinterpret_cast<PyObject*>(Py_TYPE(self));
    PyObject* result = entries ? PyObject_CallFunctionObjArgs(type, entries, nullptr) : nullptr;
    Py_XDECREF(entries);
    return result;
}

PyObject* repr(PyObject* self) {
    const int entered = Py_ReprEnter(self);
    if (entered != 0) {
        return entered > 0 ? PyUnicode_FromString("...") : nullptr;
    }
    PyObject* entries = snapshot_as_dict(self);
    PyObject* text = repr_as_call(self, entries ? PyObject_Repr(entries) : nullptr);
    Py_XDECREF(entries);
    Py_ReprLeave(self);
    return text;
}

PyObject* compare(PyObject* self, PyObject* other, int operation) {
    const bool other_is_ours = is_concurrent_dict(other);
    if ((operation != Py_EQ && operation != Py_NE) || (!other_is_ours && !PyDict_Check(other))) {
        Py_RETURN_NOTIMPLEMENTED;
    }
    PyObject* left = snapshot_as_dict(self);
    PyObject* right = left && other_is_ours ? snapshot_as_dict(other) : Py_NewRef(other);
    PyObject* result = left && right ? PyObject_RichCompare(left, right, operation) : nullptr;
    Py_XDECREF(left);
    Py_XDECREF(right);
    return result;
}

// Contents are data, unlike what an AtomicInteger holds: a copy of them can be sent elsewhere. They follow the empty
// mapping one by one, as a dict's do: so they may contain the mapping itself.
PyObject* reduce(PyObject* self, PyObject*) {
    PyObject* state = state_of_subclass<ConcurrentDict>(self);
    PyObject* entries = state ? snapshot_as_dict(self) : nullptr;
    PyObject* list = entries ? PyDict_Items(entries) : nullptr;
    PyObject* items = list ? PyObject_GetIter(list) : nullptr;
    PyObject* result = items ? Py_BuildValue("O()OOO", Py_TYPE(self), state, Py_None, items) : nullptr;
    Py_XDECREF(items);
    Py_XDECREF(list);
    Py_XDECREF(entries);
    Py_XDECREF(state);
    return result;
}

namespace {

// What dict() makes of the arguments; of a ConcurrentDict, its snapshot: dict() would ask for the keys first and for the
// values later, when some may be gone.
PyObject* as_dict(PyObject* args, PyObject* kwargs) {
    PyObject* given = PyTuple_Size(args) == 1 ? PyTuple_GetItem(args, 0) : nullptr;
    if (!given || !is_concurrent_dict(given)) {
        return PyObject_Call(reinterpret_cast<PyObject*>(&PyDict_Type), args, kwargs);
    }
    PyObject* entries = snapshot_as_dict(given);
    if (entries && kwargs && PyDict_Update(entries, kwargs) != 0) {
        Py_CLEAR(entries);
    }
    return entries;
}

bool store(HashTable& table, PyObject* pair) {
    PyObject* key = PyTuple_GetItem(pair, 0);
    const Py_hash_t hash = PyObject_Hash(key);
    const Edited edited = hash != -1 ? table.edit(key, hash, {PyTuple_GetItem(pair, 1)}) : Edited{true};
    Py_XDECREF(edited.before);
    return !edited.failed;
}

bool store_all(HashTable& table, PyObject* pairs) {
    bool stored = true;
    while (PyObject* pair = stored ? PyIter_Next(pairs) : nullptr) {
        stored = store(table, pair);
        Py_DECREF(pair);
    }
    return stored && !PyErr_Occurred();
}

} // namespace

PyObject* update(PyObject* self, PyObject* args, PyObject* kwargs) {
    return init(self, args, kwargs) == 0 ? Py_NewRef(Py_None) : nullptr;
}

int init(PyObject* self, PyObject* args, PyObject* kwargs) {
    PyObject* entries = as_dict(args, kwargs);
    PyObject* list = entries ? PyDict_Items(entries) : nullptr;
    PyObject* pairs = list ? PyObject_GetIter(list) : nullptr;
    const bool stored = pairs && store_all(dictionary(self).entries, pairs);
    Py_XDECREF(pairs);
    Py_XDECREF(list);
    Py_XDECREF(entries);
    return stored ? 0 : -1;
}

} // namespace dictionary_methods

} // namespace ungil::sync
