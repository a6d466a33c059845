// Where the entries of a hash table are: in chains of buckets, which whoever reads or writes one follows by version.hpp.
//
//     chain -> [version | tags | slots]  -> [        | tags | slots]      hot: all that a lookup reads, usually one line
//              [hashes | next]        __/   [hashes | next]               cold, elsewhere: for writers, for keys that are
//                                                                         not the very object, and for longer chains
//
// A lookup that misses the processor's caches costs more than everything else about it. So a bucket is one line, and
// what few lookups need lies apart from it, as the second half of the same position.
#pragma once

#include "compat.hpp"
#include "sync/cache_line.hpp"
#include "sync/version.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace ungil::sync {

// A part of the hash: of keys whose tags differ nothing else need be looked at. Other bits than those that choose the
// chain, which are equal for all keys in it.
using Tag = std::uint16_t;

struct alignas(cache_line) Bucket {
    static constexpr int size = 3;

    struct Slot {
        Word<PyObject*> key; // owned, as is the value; nullptr where there is no entry
        Word<PyObject*> value;
    };

    Version version; // of the chain that begins here; unused in the buckets that follow
    Word<Tag> tags[size];
    Word<bool> continues;               // whether the chain has another bucket
    std::atomic<std::uint8_t> marks{0}; // a bit for each entry that was used lately: hints, which may get lost
    Slot slots[size];
};

static_assert(sizeof(Bucket) == cache_line, "a bucket is one line");

struct ColdBucket;

// A bucket with its cold half, and the way to the next one.
struct Chain {
    Bucket* bucket = nullptr;
    ColdBucket* cold = nullptr;

    explicit operator bool() const noexcept { return bucket; }
    Version& version() const noexcept { return bucket->version; }
    Chain next() const noexcept; // without a bucket where the chain ends
};

struct LongerChain;

struct ColdBucket {
    Word<Py_hash_t> hashes[Bucket::size];
    Word<LongerChain*> next; // owned; a bucket once added stays until the table goes
};

// What does not fit into the buckets of a table.
struct LongerChain {
    Bucket bucket;
    ColdBucket cold;
};

inline Chain Chain::next() const noexcept {
    if (!bucket->continues.load()) {
        return {};
    }
    LongerChain* longer = cold->next.load(); // stored before `continues`
    return {&longer->bucket, &longer->cold};
}

// One entry, or the place for one.
struct Place {
    Chain at;
    int index = 0;

    explicit operator bool() const noexcept { return static_cast<bool>(at); }
    Word<PyObject*>& key() const noexcept { return at.bucket->slots[index].key; }
    Word<PyObject*>& value() const noexcept { return at.bucket->slots[index].value; }
    Py_hash_t hash() const noexcept { return at.cold->hashes[index].load(); }

    bool marked() const noexcept { return marks() & bit(); }

    // Not in one step: a mark that another thread sets or takes at this moment may be as if it had not.
    void mark(bool used) const noexcept {
        const std::uint8_t now = marks();
        const auto after = static_cast<std::uint8_t>(used ? now | bit() : now & ~bit());
        if (after != now) {
            at.bucket->marks.store(after, std::memory_order_relaxed);
        }
    }

    void fill(PyObject* new_key, PyObject* new_value, Py_hash_t new_hash, Tag tag) const noexcept {
        mark(false);
        at.bucket->tags[index].store(tag);
        at.cold->hashes[index].store(new_hash);
        value().store(new_value);
        key().store(new_key);
    }

    void empty() const noexcept { fill(nullptr, nullptr, 0, 0); }

  private:
    std::uint8_t marks() const noexcept { return at.bucket->marks.load(std::memory_order_relaxed); }
    std::uint8_t bit() const noexcept { return static_cast<std::uint8_t>(1u << index); }
};

// Calls function(place) for each entry of the chain, until one returns true; says whether one did.
template <typename Function>
bool any_entry(Chain chain, Function function) {
    for (; chain; chain = chain.next()) {
        for (int index = 0; index < Bucket::size; ++index) {
            const Place place{chain, index};
            if (place.key().load() && function(place)) {
                return true;
            }
        }
    }
    return false;
}

} // namespace ungil::sync
