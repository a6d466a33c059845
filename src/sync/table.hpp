// The buckets of a HashTable, and walks along one chain of them; who may walk, and when, is said there.
#pragma once

#include "sync/bucket.hpp"
#include "sync/key_comparisons.hpp"

#include <cstddef>
#include <cstdint>

namespace ungil::sync {

struct Place {
    Bucket* bucket = nullptr;
    int index = 0;

    explicit operator bool() const noexcept { return bucket; }
    Word<Py_hash_t>& hash() const noexcept { return bucket->hashes[index]; }
    Word<PyObject*>& key() const noexcept { return bucket->slots[index].key; }
    Word<PyObject*>& value() const noexcept { return bucket->slots[index].value; }
    std::atomic<bool>& mark() const noexcept { return bucket->marks[index]; }

    void fill(PyObject* new_key, PyObject* new_value, Py_hash_t new_hash) const noexcept {
        mark().store(false, std::memory_order_relaxed);
        hash().store(new_hash);
        value().store(new_value);
        key().store(new_key);
    }

    void empty() const noexcept { fill(nullptr, nullptr, 0); }
};

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
    // nullptr where there is no memory. `buckets` is a power of two, at least 2.
    static Table* create(std::size_t buckets) noexcept;

    // With its buckets, and without touching what they refer to.
    static void destroy(void* table) noexcept;

    // What a HashTable has before its first entry: no bucket of its own, and frozen for ever.
    static Table* none() noexcept;

    Table(const Table&) = delete;
    Table& operator=(const Table&) = delete;

    std::size_t size() const noexcept { return size_; }
    std::size_t bytes() const noexcept { return sizeof(Table) + size_ * sizeof(Bucket); } // without longer chains
    Bucket* begin() const noexcept { return buckets_; }
    Bucket* end() const noexcept { return buckets_ + size_; }

    // Fibonacci hashing: the high bits of the product depend on every bit of the hash. Small ints are their own hash,
    // and so multiples of a power of two would all be in a few buckets.
    Bucket* chain(Py_hash_t hash) const noexcept {
        return buckets_ + ((static_cast<std::uint64_t>(hash) * 0x9E3779B97F4A7C15u) >> shift_);
    }

    // Copies an entry of another table, with its references. False where there is no memory.
    bool copy(const Place& place) noexcept;

  private:
    Table(Bucket* buckets, std::size_t size) noexcept;

    Bucket* buckets_;
    std::size_t size_;
    unsigned shift_;
};

Walk find_key(Bucket* chain, Py_hash_t hash, KeyComparisons& comparisons) noexcept;

Place find_value(Bucket* chain, Py_hash_t hash, PyObject* value) noexcept;

// A place without an entry, in a new bucket if need be; none where there is no memory. For writers.
Place find_vacancy(Bucket* chain) noexcept;

// Calls function(place) for each entry of the chain, until one returns true; says whether one did.
template <typename Function>
bool any_entry(Bucket* chain, Function function) {
    for (Bucket* bucket = chain; bucket; bucket = bucket->next.load()) {
        for (int index = 0; index < Bucket::size; ++index) {
            const Place place{bucket, index};
            if (place.key().load() && function(place)) {
                return true;
            }
        }
    }
    return false;
}

} // namespace ungil::sync
