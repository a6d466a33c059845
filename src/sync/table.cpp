#include "sync/table.hpp"

#include <new>

namespace ungil::sync {

namespace {

unsigned shift_for(std::size_t chains) noexcept {
    unsigned shift = 64;
    for (; chains > 1; chains /= 2) {
        --shift;
    }
    return shift;
}

Tag tag_of(Py_hash_t hash) noexcept {
    return static_cast<Tag>(spread(hash) >> 16);
}

Place vacancy(Chain bucket) noexcept {
    for (int index = 0; index < Bucket::size; ++index) {
        if (!bucket.bucket->slots[index].key.load()) {
            return {bucket, index};
        }
    }
    return {};
}

// After the last bucket of a chain. Without a bucket where there is no memory.
Chain lengthen(Chain last) noexcept {
    auto* longer = new (std::nothrow) LongerChain;
    if (!longer) {
        return {};
    }
    last.cold->next.store(longer);
    last.bucket->continues.store(true);
    return {&longer->bucket, &longer->cold};
}

Place find_vacancy(Chain chain) noexcept {
    for (;;) {
        if (const Place found = vacancy(chain)) {
            return found;
        }
        const Chain next = chain.next();
        if (!next) {
            return {lengthen(chain), 0};
        }
        chain = next;
    }
}

} // namespace

Table::Table(Bucket* buckets, ColdBucket* colds, std::size_t size) noexcept
    : buckets_(buckets), colds_(colds), size_(size), shift_(shift_for(size)) {}

Table* Table::create(std::size_t chains) noexcept {
    auto* buckets = new (std::nothrow) Bucket[chains];
    auto* colds = new (std::nothrow) ColdBucket[chains];
    auto* table = buckets && colds ? new (std::nothrow) Table(buckets, colds, chains) : nullptr;
    if (!table) {
        delete[] buckets;
        delete[] colds;
    }
    return table;
}

void Table::destroy(void* memory) noexcept {
    Table* table = static_cast<Table*>(memory);
    for (std::size_t index = 0; index < table->size_; ++index) {
        for (LongerChain* longer = table->colds_[index].next.load(); longer;) {
            LongerChain* next = longer->cold.next.load();
            delete longer;
            longer = next;
        }
    }
    delete[] table->buckets_;
    delete[] table->colds_;
    delete table;
}

Table* Table::none() noexcept {
    static Bucket buckets[2];
    static ColdBucket colds[2];
    static Table* const frozen = [] {
        static Table table(buckets, colds, 2);
        for (Bucket& bucket : buckets) {
            bucket.version.freeze();
        }
        return &table;
    }();
    return frozen;
}

bool Table::copy(const Place& place) noexcept {
    const Place copied = add(chain(place.hash()), place.key().load(), place.value().load(), place.hash());
    if (copied) {
        copied.mark(place.marked());
    }
    return static_cast<bool>(copied);
}

namespace {

// The entry whose key is this very object, or Bucket::size. Without a branch for each slot: where a key stands nobody can
// predict, and a wrong guess costs the processor as much as the rest of the lookup.
int index_of(const Bucket* bucket, PyObject* key) noexcept {
    static_assert(Bucket::size == 3, "the expression below has a term for each slot");
    const auto& slots = bucket->slots;
    return (slots[0].key.load() != key) * (1 + (slots[1].key.load() != key) * (1 + (slots[2].key.load() != key)));
}

} // namespace

Walk find_key(Chain chain, Py_hash_t hash, KeyComparisons& comparisons) noexcept {
    comparisons.begin_walk();
    const Tag tag = tag_of(hash);
    for (; chain; chain = chain.next()) {
        const int same = index_of(chain.bucket, comparisons.key());
        if (same < Bucket::size) {
            return {Probe::found, {chain, same}};
        }
        for (int index = 0; index < Bucket::size; ++index) {
            if (chain.bucket->tags[index].load() != tag || chain.cold->hashes[index].load() != hash) {
                continue;
            }
            PyObject* key = chain.bucket->slots[index].key.load();
            if (key && comparisons.is_equal(key)) {
                return {Probe::found, {chain, index}};
            }
            if (key && !comparisons.is_different(key) && comparisons.note(key)) {
                return {Probe::unclear, {}};
            }
        }
    }
    return {comparisons.noted_any() ? Probe::unclear : Probe::absent, {}};
}

Place find_value(Chain chain, Py_hash_t hash, PyObject* value) noexcept {
    Place found;
    any_entry(chain, [&](const Place& place) {
        const bool same = place.hash() == hash && place.value().load() == value;
        found = same ? place : found;
        return same;
    });
    return found;
}

Place add(Chain chain, PyObject* key, PyObject* value, Py_hash_t hash) noexcept {
    const Place place = find_vacancy(chain);
    if (place) {
        place.fill(key, value, hash, tag_of(hash));
    }
    return place;
}

} // namespace ungil::sync
