// What HashTable does with all of its chains: it freezes them one by one, so that nothing changes while readers go on.
#include "sync/hash_table.hpp"

#include "sync/deep_release.hpp"
#include "sync/retire.hpp"

#include <new>

namespace ungil::sync {

namespace {

constexpr std::size_t first_size = 8;
constexpr std::size_t small_size = 1024; // up to here a table grows fourfold, after that twofold

std::size_t next_size(const Table* table) noexcept {
    return table == Table::none() ? first_size : table->size() * (table->size() < small_size ? 4 : 2);
}

// For whoever has growth_. From here on nobody changes the table; readers go on.
void freeze(Table* table) noexcept {
    for (std::size_t index = 0; index < table->size(); ++index) {
        table->at(index).version().freeze();
    }
}

void thaw(Table* table) noexcept {
    for (std::size_t index = 0; index < table->size(); ++index) {
        table->at(index).version().thaw();
    }
}

bool copy_all(Table* from, Table* to) noexcept {
    return !any_entry(from, [to](const Place& place) { return !to->copy(place); });
}

std::int64_t count_entries(Table* table) noexcept {
    std::int64_t count = 0;
    any_entry(table, [&count](const Place&) {
        ++count;
        return false;
    });
    return count;
}

// With a reference to each key and value. False where there is no memory for more.
bool append_all(const Table* table, Entries& entries) noexcept {
    try {
        any_entry(table, [&entries](const Place& place) {
            entries.push_back({place.key().load(), place.value().load()});
            Py_INCREF(entries.back().key);
            Py_INCREF(entries.back().value);
            return false;
        });
        return true;
    } catch (const std::bad_alloc&) {
        return false;
    }
}

// Releases all references of a table that has been replaced, or that nobody else can have.
void release_all(Table* table) {
    any_entry(table, [](const Place& place) {
        Py_DECREF(place.key().load());
        Py_DECREF(place.value().load());
        return false;
    });
}

} // namespace

void release(const Entries& entries) {
    for (const Entry& entry : entries) {
        Py_DECREF(entry.key);
        Py_DECREF(entry.value);
    }
}

HashTable::HashTable() noexcept : table_(Table::none()) {}

HashTable::~HashTable() {
    Table* table = table_.load();
    if (table != Table::none()) {
        any_entry(table, [](const Place& place) {
            release_later(place.key().load());
            release_later(place.value().load());
            return false;
        });
        release_handed_over();
        Table::destroy(table); // at once: a reader would have a reference to the object that this is in
    }
}

// For a writer that found its chain frozen. False with MemoryError set where there is no memory for the first buckets.
bool HashTable::await_thaw(Table* seen) noexcept {
    if (seen == Table::none()) {
        if (!grow(seen)) {
            PyErr_NoMemory();
            return false;
        }
        return true;
    }
    const PatientGuard guard(growth_);
    return true;
}

// Replaces the table `seen` by a larger one, unless somebody else has done so. False where there is no memory. Allocates
// under the lock: of many threads that find the table full, one makes a larger one. (Where `seen` was freed while this
// thread waited, and its address is that of the current table now, that one grows a bit early.)
bool HashTable::grow(Table* seen) noexcept {
    {
        const PatientGuard guard(growth_);
        if (!is_current(seen)) {
            return true;
        }
        Table* larger = Table::create(next_size(seen));
        if (!larger) {
            return false;
        }
        freeze(seen);
        if (!copy_all(seen, larger)) {
            thaw(seen);
            Table::destroy(larger);
            return false;
        }
        table_.store(larger, std::memory_order_release);
    }
    if (seen != Table::none()) {
        retire(seen, seen->bytes(), Table::destroy);
    }
    return true;
}

bool HashTable::snapshot(Entries& entries) {
    bool copied = true;
    {
        const PatientGuard guard(growth_);
        Table* table = table_.load(std::memory_order_acquire);
        if (table == Table::none()) {
            return true;
        }
        freeze(table);
        copied = append_all(table, entries);
        thaw(table);
    }
    if (!copied) {
        release(entries);
        entries.clear();
        PyErr_NoMemory();
    }
    return copied;
}

std::int64_t HashTable::clear() {
    Table* old = nullptr;
    {
        const PatientGuard guard(growth_);
        old = table_.load(std::memory_order_acquire);
        if (old == Table::none()) {
            return 0;
        }
        freeze(old);
        table_.store(Table::none(), std::memory_order_release);
    }
    const std::int64_t count = count_entries(old);
    size_.add(-count); // first: a finalizer may ask
    release_all(old);
    retire(old, old->bytes(), Table::destroy);
    return count;
}

bool HashTable::is_empty() noexcept {
    const PatientGuard guard(growth_);
    Table* table = table_.load(std::memory_order_acquire);
    if (table == Table::none()) {
        return true;
    }
    freeze(table);
    const bool empty = !any_entry(table, [](const Place&) { return true; });
    thaw(table);
    return empty;
}

int HashTable::traverse(visitproc visit, void* arg) const noexcept {
    int result = 0;
    Table* table = table_.load(std::memory_order_acquire);
    if (!table) {
        return 0; // allocated, and not yet constructed
    }
    any_entry(table, [&](const Place& place) {
        result = visit(place.key().load(), arg);
        result = result != 0 ? result : visit(place.value().load(), arg);
        return result != 0;
    });
    return result;
}

} // namespace ungil::sync
