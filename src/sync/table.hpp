// The chains of a HashTable, and what is looked for along one of them; who may look, and when, is said there.
#pragma once

#include "sync/bucket.hpp"
#include "sync/key_comparisons.hpp"

#include <cstddef>
#include <cstdint>

namespace ungil::sync {

// Fibonacci hashing: the high bits of the product depend on every bit of the hash. Small ints are their own hash, and so
// multiples of a power of two would all be in a few chains.
inline std::uint64_t spread(Py_hash_t hash) noexcept {
    return static_cast<std::uint64_t>(hash) * 0x9E3779B97F4A7C15u;
}

enum class Probe {
    found,   // `place` is the entry of the key
    absent,  // there is none
    unclear, // there are keys of the same hash, noted, of which nobody knows yet whether they equal the key
};

struct Walk {
    Probe probe;
    Place place;
};

class Table {
  public:
    // nullptr where there is no memory. `chains` is a power of two, at least 2.
    static Table* create(std::size_t chains) noexcept;

    // With its buckets, and without touching what they refer to.
    static void destroy(void* table) noexcept;

    // What a HashTable has before its first entry: no chain of its own, and frozen for ever.
    static Table* none() noexcept;

    Table(const Table&) = delete;
    Table& operator=(const Table&) = delete;

    std::size_t size() const noexcept { return size_; }
    Chain at(std::size_t index) const noexcept { return {buckets_ + index, colds_ + index}; }
    Chain chain(Py_hash_t hash) const noexcept { return at(static_cast<std::size_t>(spread(hash) >> shift_)); }

    // Without what chains have in addition.
    std::size_t bytes() const noexcept { return sizeof(Table) + size_ * (sizeof(Bucket) + sizeof(ColdBucket)); }

    // Copies an entry of another table, with its references. False where there is no memory.
    bool copy(const Place& place) noexcept;

  private:
    Table(Bucket* buckets, ColdBucket* colds, std::size_t size) noexcept;

    Bucket* buckets_;
    ColdBucket* colds_;
    std::size_t size_;
    unsigned shift_;
};

Walk find_key(Chain chain, Py_hash_t hash, KeyComparisons& comparisons) noexcept;

Place find_value(Chain chain, Py_hash_t hash, PyObject* value) noexcept;

// Puts an entry, whose references it takes, where there is none yet, in a new bucket if need be; says where. Nowhere,
// and the references stay the caller's, if there is no memory. For writers.
Place add(Chain chain, PyObject* key, PyObject* value, Py_hash_t hash) noexcept;

// Calls function(place) for each entry of the table, until one returns true; says whether one did.
template <typename Function>
bool any_entry(const Table* table, Function function) {
    for (std::size_t index = 0; index < table->size(); ++index) {
        if (any_entry(table->at(index), function)) {
            return true;
        }
    }
    return false;
}

} // namespace ungil::sync
