// A hash table that threads read without a lock and change under the lock of one chain: what ConcurrentDict and
// ConcurrentCache are made of. Keys are compared as dict compares them.
//
//     HashTable -> Table -> chains [0]  [1]  [2]  [3] ...      a power of two; which one, the hash says
//                                   |         |
//                                  next      next              where a chain has more entries than fit into a bucket
//
//   1. A reader of a chain follows the protocol in version.hpp. It never waits for one that compares keys, only for one
//      that moves a few pointers.
//   2. A writer locks one chain, and no second lock while it has it. growth_ is for what touches all chains: it freezes
//      them one by one, which a writer waits for on growth_ and a reader does not notice.
//   3. Growing copies the entries to a larger table and publishes that; the old one stays frozen and is retired
//      (retire.hpp). A bucket that gets empty is used again, so nothing has to be rebuilt, and what waits to be freed is
//      smaller than the table that took its place.
//   4. No key is compared, no reference released and no error raised while a chain is locked or the table frozen.
#pragma once

#include "compat.hpp"
#include "sync/sharded_sum.hpp"
#include "sync/spin_lock.hpp"
#include "sync/table.hpp"

#include <cstddef>
#include <vector>

namespace ungil::sync {

// A key and its value, a reference to each of them owned by whoever has the Entry.
struct Entry {
    PyObject* key;
    PyObject* value;
};

using Entries = std::vector<Entry>;

// Releases the references. For the reason that KeyComparisons::finish() gives no destructor does.
void release(const Entries& entries);

// What edit() is to do with the entry of a key.
struct Edit {
    PyObject* value;              // the new value, borrowed; nullptr: remove the entry
    bool if_present = true;       // where there is an entry,
    bool if_absent = true;        // and where there is none
    PyObject* expected = nullptr; // with if_present: only if this is the value, the very object
};

struct Edited {
    bool failed = false;             // a Python exception is set and nothing has changed
    bool applied = false;            // the conditions of the Edit held
    PyObject* before = nullptr;      // new reference to the value that there was, nullptr where there was none
    PyObject* removed_key = nullptr; // for settle() to release, as is the rest
    int growth = 0;                  // by how much the number of entries changed
    bool crowded = false;            // the entry went into a bucket that was added to its chain
};

class HashTable {
  public:
    HashTable() noexcept;
    ~HashTable();
    HashTable(const HashTable&) = delete;
    HashTable& operator=(const HashTable&) = delete;

    // A new reference to the value of `key`; nullptr where there is none, or with the exception of a comparison.
    // `mark`: remember for take_one() that the entry was used.
    PyObject* get(PyObject* key, Py_hash_t hash, bool mark = false);

    // One atomic step for the entry of `key`.
    Edited edit(PyObject* key, Py_hash_t hash, const Edit& edit);

    // Stores `value` unless there is one; a new reference to the one that there is then, nullptr with an error set.
    PyObject* set_default(PyObject* key, Py_hash_t hash, PyObject* value);

    // Removes the entry with that hash whose value is this very object: no key has to be compared.
    void remove_value(Py_hash_t hash, PyObject* value);

    // Removes some entry that carries no mark, and takes the marks of those it passes over on a way round the table:
    // the CLOCK algorithm. {nullptr, nullptr} where it found none, which does not say that there was a moment without any.
    Entry take_one();

    // Appends all entries, as they were at one moment, with references for the caller. False with MemoryError set.
    bool snapshot(Entries& entries);

    // Removes all entries, at one moment; says how many.
    std::int64_t clear();

    // Whether there was a moment without an entry.
    bool is_empty() noexcept;

    // How many entries there are. While others add and remove some, a number that is off by as many.
    Py_ssize_t size() const noexcept;

    // For tp_traverse: the world is stopped, or nobody else has the GIL.
    int traverse(visitproc visit, void* arg) const noexcept;

  private:
    bool is_current(const Table* table) const noexcept;
    PyObject* get(Py_hash_t hash, bool mark, KeyComparisons& comparisons);
    Edited edit(Py_hash_t hash, const Edit& edit, KeyComparisons& comparisons);
    Edited apply(Chain chain, const Walk& walk, PyObject* key, Py_hash_t hash, const Edit& edit) noexcept;
    void settle(Table* table, const Edited& edited);
    bool await_thaw(Table* seen) noexcept;
    bool grow(Table* seen) noexcept;

    // Stored with release after its buckets, and loaded with acquire. On a line that is hardly ever written.
    alignas(cache_line) std::atomic<Table*> table_;
    alignas(cache_line) std::atomic<std::size_t> hand_{0}; // where take_one() looks next; relaxed, any place will do
    SpinLock growth_;
    ShardedSum size_;
};

} // namespace ungil::sync
