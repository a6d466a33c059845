// What a ConcurrentCache counted, as a named tuple.
#include "sync/concurrent_cache.hpp"

namespace ungil::sync {

namespace {

PyStructSequence_Field statistics_fields[] = {
    {"hits", "lookups that found a value"},
    {"misses", "lookups that found none"},
    {"evictions", "entries dropped to make room"},
    {"size", "entries now"},
    {"maxsize", "entries at most"},
    {nullptr, nullptr},
};

PyStructSequence_Desc statistics_description = {
    "ungil.CacheStatistics",
    "What a ConcurrentCache counted since it was made.",
    statistics_fields,
    5,
};

PyTypeObject* statistics_type = nullptr; // made at import, before any cache

} // namespace

PyObject* cache_statistics(PyObject* self, PyObject*) {
    const ConcurrentCache& counted = cache(self);
    const std::int64_t values[] = {counted.hits.sum().clamped(), counted.misses.sum().clamped(),
                                   counted.evictions.sum().clamped(), counted.entries.size(),
                                   counted.maxsize.load(std::memory_order_relaxed)};
    PyObject* result = PyStructSequence_New(statistics_type);
    Py_ssize_t index = 0;
    for (const std::int64_t value : values) {
        PyObject* number = result ? PyLong_FromLongLong(value) : nullptr;
        if (!number) {
            Py_CLEAR(result);
            break;
        }
        PyStructSequence_SetItem(result, index++, number);
    }
    return result;
}

void bind_cache_statistics(nb::module_& m) {
    statistics_type = make_struct_sequence(&statistics_description);
    if (!statistics_type) {
        throw nb::python_error();
    }
    m.attr("CacheStatistics") = nb::borrow(reinterpret_cast<PyObject*>(statistics_type));
}

} // namespace ungil::sync
