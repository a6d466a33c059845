// What ConcurrentDict does with all of its entries: it copies them at one moment, and works on the copy.
#include "sync/concurrent_dict.hpp"
#include "sync/names.hpp"

namespace ungil::sync {

namespace {

// Puts the entries into an object of the caller's: put(key, value) says whether it could.
template <typename Put>
bool for_each_entry(PyObject* self, Put put) {
    Entries entries;
    bool done = dictionary(self).entries.snapshot(entries);
    for (std::size_t index = 0; done && index < entries.size(); ++index) {
        done = put(entries[index].key, entries[index].value);
    }
    release(entries);
    return done;
}

PyObject* snapshot_as_dict(PyObject* self) {
    PyObject* dict = PyDict_New();
    const auto put = [dict](PyObject* key, PyObject* value) { return PyDict_SetItem(dict, key, value) == 0; };
    if (dict && !for_each_entry(self, put)) {
        Py_CLEAR(dict);
    }
    return dict;
}

PyObject* list_of_keys(PyObject* self) {
    PyObject* list = PyList_New(0);
    const auto put = [list](PyObject* key, PyObject*) { return PyList_Append(list, key) == 0; };
    if (list && !for_each_entry(self, put)) {
        Py_CLEAR(list);
    }
    return list;
}

bool is_concurrent_dict(PyObject* object) {
    return nb::isinstance<ConcurrentDict>(object);
}

} // namespace

namespace dictionary_methods {

PyObject* iterate(PyObject* self) {
    PyObject* keys = list_of_keys(self);
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
    PyObject* type = nb::type<ConcurrentDict>().ptr(); // of a subclass too: its __init__ may want other arguments
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

namespace {

// How pickle makes the empty mapping: by the type, or of a subclass by its __new__ alone, since its __init__ may want
// arguments. A new reference.
PyObject* maker(PyObject* self) {
    PyObject* type = reinterpret_cast<PyObject*>(Py_TYPE(self));
    if (type == nb::type<ConcurrentDict>().ptr()) {
        return Py_BuildValue("O()", type);
    }
    PyObject* copyreg = PyImport_ImportModule("copyreg");
    PyObject* newobj = copyreg ? PyObject_GetAttrString(copyreg, "__newobj__") : nullptr;
    PyObject* result = newobj ? Py_BuildValue("O(O)", newobj, type) : nullptr;
    Py_XDECREF(newobj);
    Py_XDECREF(copyreg);
    return result;
}

// An iterator over the pairs of a snapshot; a new reference.
PyObject* pairs(PyObject* self) {
    PyObject* entries = snapshot_as_dict(self);
    PyObject* list = entries ? PyDict_Items(entries) : nullptr;
    PyObject* iterator = list ? PyObject_GetIter(list) : nullptr;
    Py_XDECREF(list);
    Py_XDECREF(entries);
    return iterator;
}

} // namespace

// Contents are data, unlike what an AtomicInteger holds: a copy of them can be sent elsewhere. They follow the empty
// mapping one by one, as a dict's do: so they may contain the mapping itself.
PyObject* reduce(PyObject* self, PyObject*) {
    PyObject* made = maker(self);
    PyObject* state = made ? state_of_subclass<ConcurrentDict>(self) : nullptr;
    PyObject* items = state ? pairs(self) : nullptr;
    PyObject* rest = items ? Py_BuildValue("OOO", state, Py_None, items) : nullptr;
    PyObject* result = rest ? PySequence_Concat(made, rest) : nullptr;
    Py_XDECREF(rest);
    Py_XDECREF(items);
    Py_XDECREF(state);
    Py_XDECREF(made);
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
