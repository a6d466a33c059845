#include "sync/retire.hpp"

#include "sync/raw.hpp"

#include <algorithm>
#include <atomic>

namespace ungil::sync {

namespace {

// Retired and not yet freed, in bytes, by the whole process, and how much of that makes retire() run the collector. Both
// are statistics: relaxed.
std::atomic<std::size_t> waiting{0};
constexpr std::size_t much = std::size_t{64} << 20;
std::atomic<std::size_t> limit{much};

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

// Where this fails, `memory` stays for ever: better than a reader in memory that is something else by now. It fails
// without memory for the object, and when the interpreter shuts down and has thrown its type away.
void leave_to_collector(void* memory, std::size_t size, void (*free)(void*) noexcept) noexcept {
    PyObject* type = nb::type<Retired>().ptr();
    PyObject* self = type ? make<Retired>(reinterpret_cast<PyTypeObject*>(type), nullptr, nullptr) : nullptr;
    if (!self) {
        PyErr_Clear();
        return;
    }
    if (enable_deferred_refcount(self)) {
        Retired& retired = payload<Retired>(self);
        retired.memory = memory;
        retired.size = size;
        retired.free = free;
        waiting.fetch_add(size, std::memory_order_relaxed);
    }
    Py_DECREF(self);
}

// A collection that could free little, because gc.freeze() was called or gc.disable(), is not repeated before as much
// again waits.
void collect() noexcept {
    PyGC_Collect();
    limit.store(std::max(much, 2 * waiting.load(std::memory_order_relaxed)), std::memory_order_relaxed);
}

} // namespace

void retire(void* memory, std::size_t size, void (*free)(void*) noexcept) noexcept {
    if (!free_threaded) {
        free(memory);
        return;
    }
    leave_to_collector(memory, size, free);
    if (waiting.load(std::memory_order_relaxed) > limit.load(std::memory_order_relaxed)) {
        collect();
    }
}

void bind_retired(nb::module_& m) {
    const PyType_Slot slots[] = {slot(Py_tp_traverse, traverse), {0, nullptr}};
    nb::class_<Retired>(m, "_Retired", nb::type_slots(slots));
}

} // namespace ungil::sync
