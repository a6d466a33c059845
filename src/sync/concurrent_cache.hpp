// ConcurrentCache: the newest and the most used of what was stored, and never more than `maxsize` of it. The idiom for
// bookkeeping that must not cost what it counts: a hit takes no lock and, once an entry is marked, writes nothing that
// another thread reads.
//
//   1. What was used lately carries a mark, a hint without order: a hit sets it only where it is not set. Whoever needs
//      room sweeps round the table, takes marks away, and drops the first entry without one (CLOCK, as pages of memory
//      are replaced). A list in order of use, as in functools.lru_cache, would be written by every hit.
//   2. `places` counts the entries that are in the table or about to be. Storing a new key needs a place: a free one, or
//      that of an entry dropped for it. So there are never more than `maxsize` entries, whatever threads do. Where there
//      is neither, because others hold all places and have not stored yet, the value is not kept.
//   3. Hits, misses and evictions are counted in parts, one for each thread (sharded_sum.hpp).
//
// Memory order: `places` is a count that nothing is published by; relaxed.
#pragma once

#include "sync/cache_line.hpp"
#include "sync/hash_table.hpp"
#include "sync/raw.hpp"

#include <atomic>

namespace ungil::sync {

struct ConcurrentCache {
    HashTable entries;
    HashTable computations; // of get_or_compute()
    ShardedSum hits;
    ShardedSum misses;
    ShardedSum evictions;
    alignas(cache_line) std::atomic<std::int64_t> places{0};
    alignas(cache_line) std::atomic<std::int64_t> maxsize{0}; // before __init__ nothing is kept
};

inline ConcurrentCache& cache(PyObject* self) noexcept {
    return payload<ConcurrentCache>(self);
}

// Its method statistics(), and the type of what that returns.
PyObject* cache_statistics(PyObject* self, PyObject*);
void bind_cache_statistics(nb::module_& m);

void bind_concurrent_cache(nb::module_& m);

} // namespace ungil::sync
