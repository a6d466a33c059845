#include "sync/table.hpp"

#include <new>

namespace ungil::sync {

namespace {

unsigned shift_for(std::size_t buckets) noexcept {
    unsigned shift = 64;
    for (; buckets > 1; buckets /= 2) {
        --shift;
    }
    return shift;
}

Bucket* last(Bucket* chain) noexcept {
    while (Bucket* next = chain->next.load()) {
        chain = next;
    }
    return chain;
}

} // namespace

Table::Table(Bucket* buckets, std::size_t size) noexcept : buckets_(buckets), size_(size), shift_(shift_for(size)) {}

Table* Table::create(std::size_t buckets) noexcept {
    Bucket* all = new (std::nothrow) Bucket[buckets];
    Table* table = all ? new (std::nothrow) Table(all, buckets) : nullptr;
    if (!table) {
        delete[] all;
    }
    return table;
}

void Table::destroy(void* memory) noexcept {
    Table* table = static_cast<Table*>(memory);
    for (Bucket& first : *table) {
        for (Bucket* bucket = first.next.load(); bucket;) {
            Bucket* next = bucket->next.load();
            delete bucket;
            bucket = next;
        }
    }
    delete[] table->buckets_;
    delete table;
}

Table* Table::none() noexcept {
    static Bucket buckets[2];
    static Table table(buckets, 2);
    static const bool frozen = [] {
        for (Bucket& bucket : buckets) {
            bucket.version.freeze();
        }
        return true;
    }();
    static_cast<void>(frozen);
    return &table;
}

bool Table::copy(const Place& place) noexcept {
    const Place vacancy = find_vacancy(chain(place.hash().load()));
    if (!vacancy) {
        return false;
    }
    vacancy.fill(place.key().load(), place.value().load(), place.hash().load());
    vacancy.mark().store(place.mark().load(std::memory_order_relaxed), std::memory_order_relaxed);
    return true;
}

Walk find_key(Bucket* chain, Py_hash_t hash, KeyComparisons& comparisons) noexcept {
    comparisons.begin_walk();
    for (Bucket* bucket = chain; bucket; bucket = bucket->next.load()) {
        for (int index = 0; index < Bucket::size; ++index) {
            if (bucket->hashes[index].load() != hash) {
                continue;
            }
            PyObject* key = bucket->slots[index].key.load();
            if (key && comparisons.is_equal(key)) {
                return {Probe::found, {bucket, index}};
            }
            if (key && !comparisons.is_different(key) && comparisons.note(key)) {
                return {Probe::unclear, {}};
            }
        }
    }
    return {comparisons.noted_any() ? Probe::unclear : Probe::absent, {}};
}

Place find_value(Bucket* chain, Py_hash_t hash, PyObject* value) noexcept {
    Place found;
    any_entry(chain, [&](const Place& place) {
        const bool same = place.hash().load() == hash && place.value().load() == value;
        found = same ? place : found;
        return same;
    });
    return found;
}

Place find_vacancy(Bucket* chain) noexcept {
    for (Bucket* bucket = chain; bucket; bucket = bucket->next.load()) {
        for (int index = 0; index < Bucket::size; ++index) {
            if (!bucket->slots[index].key.load()) {
                return {bucket, index};
            }
        }
    }
    Bucket* added = new (std::nothrow) Bucket;
    if (added) {
        last(chain)->next.store(added);
    }
    return {added, 0};
}

} // namespace ungil::sync
