// A sequence lock: readers that write nothing, not even a count of readers, beside writers that exclude each other.
//
// The entries of a hash table are in chains (bucket.hpp), and each chain is guarded by a version:
//
//     version   xxxx...xxx | frozen | locked        x counts the changes
//
//   locked   one writer is changing the chain, between two safe points: it neither detaches nor runs Python code.
//   frozen   nothing changes until the table thaws: it is being copied, or has been replaced for good.
//
//   1. A reader loads the version, and waits while it is locked; loads what it needs; loads the version again. Unchanged
//      means that all it saw was in the chain together, at one moment. Else it starts over.
//   2. A reader that takes a reference to a key or value does so, with try_incref(), before the second load: unchanged
//      then also means that the chain owned the object at that moment, so it is that object and it is alive.
//   3. A frozen chain may belong to a table that has been replaced, whose objects are owned by its successor: here a
//      reader makes sure, last of all, that the table is still the current one.
//
// Memory order. Every entry is stored with release, after the store that set `locked`, and loaded with acquire, before
// the second load of the version: a reader that saw part of a change therefore sees `locked` or a later version. The
// store that ends a change releases, and the first load of the version acquires it: a reader that begins after a change
// sees all of it. No fence is needed, which ThreadSanitizer would not understand.
#pragma once

#include "sync/spin.hpp"

#include <atomic>
#include <cstdint>

namespace ungil::sync {

class Version {
  public:
    using Value = std::uint64_t;

    static bool is_frozen(Value version) noexcept { return version & frozen; }

    // For readers: the version of a chain that nobody is changing.
    Value begin_read() const noexcept {
        for (unsigned looks = 0;; ++looks) {
            const Value version = value_.load(std::memory_order_acquire);
            if (!(version & locked)) {
                return version;
            }
            wait_for_writer(looks);
        }
    }

    bool unchanged_since(Value version) const noexcept { return value_.load(std::memory_order_acquire) == version; }

    // For writers: false where the chain is frozen, and then it is not locked.
    bool lock() noexcept { return set(locked); }

    void unlock() noexcept { value_.store(next(), std::memory_order_release); }

    // For whoever holds the lock of the whole table; a chain that is frozen already stays so.
    void freeze() noexcept { set(frozen); }

    void thaw() noexcept { value_.store(next(), std::memory_order_release); }

  private:
    static constexpr Value locked = 1;
    static constexpr Value frozen = 2;
    static constexpr Value one_change = 4;

    // Only for whoever set one of the two bits: nobody else writes then.
    Value next() const noexcept { return (value_.load(std::memory_order_relaxed) & ~(locked | frozen)) + one_change; }

    bool set(Value bit) noexcept {
        for (unsigned looks = 0;; ++looks) {
            Value version = value_.load(std::memory_order_relaxed);
            if (version & frozen) {
                return false;
            }
            // Acquires what the writer before released, so that this one sees the chain as it was left.
            if (!(version & locked) && value_.compare_exchange_weak(version, version | bit, std::memory_order_acquire,
                                                                    std::memory_order_relaxed)) {
                return true;
            }
            wait_for_owner(looks);
        }
    }

    std::atomic<Value> value_{0};
};

// A word of a chain, in the orders that are explained above.
template <typename T>
class Word {
  public:
    T load() const noexcept { return value_.load(std::memory_order_acquire); }
    void store(T value) noexcept { value_.store(value, std::memory_order_release); }

  private:
    std::atomic<T> value_{};
};

} // namespace ungil::sync
