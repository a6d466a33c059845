#include "sync/retire.hpp"

#include "sync/raw.hpp"

#include <atomic>

namespace ungil::sync {

namespace {

// Retired and not yet freed, in bytes, by the whole process. A statistic: relaxed.
std::atomic<std::size_t> waiting{0};
constexpr std::size_t much = std::size_t{64} << 20;

struct Retired {
    void* memory = nullptr;
    std::size_t size = 0;
    void (*free)(void*) noexcept = nullptr;

    Retired() = default;
    Retired(const Retired&) = delete;
    Retired& operator=(const Retired&) = delete;

    ~Retired() {
        if (free) {
            free(memory);
            waiting.fetch_sub(size, std::memory_order_relaxed);
        }
    }
};

// What makes the type one that the collector tracks, without which no count can be deferred.
int traverse(PyObject* self, visitproc visit, void* arg) noexcept {
    Py_VISIT(Py_TYPE(self));
    return 0;
}

// Whether to leave the freeing to the collector succeeded. Without memory for that, `memory` stays for ever: better than
// a reader in memory that is something else by now.
bool leave_to_collector(void* memory, std::size_t size, void (*free)(void*) noexcept) noexcept {
    PyObject* self = make<Retired>(reinterpret_cast<PyTypeObject*>(nb::type<Retired>().ptr()), nullptr, nullptr);
    if (!self) {
        PyErr_Clear();
        return false;
    }
    if (enable_deferred_refcount(self) || !free_threaded) {
        Retired& retired = payload<Retired>(self);
        retired.memory = memory;
        retired.size = size;
        retired.free = free;
    }
    Py_DECREF(self);
    return true;
}

} // namespace

void retire(void* memory, std::size_t size, void (*free)(void*) noexcept) noexcept {
    const std::size_t before = waiting.fetch_add(size, std::memory_order_relaxed);
    if (leave_to_collector(memory, size, free) && free_threaded && before + size > much) {
        PyGC_Collect();
    }
}

void bind_retired(nb::module_& m) {
    const PyType_Slot slots[] = {slot(Py_tp_traverse, traverse), {0, nullptr}};
    nb::class_<Retired>(m, "_Retired", nb::type_slots(slots));
}

} // namespace ungil::sync
