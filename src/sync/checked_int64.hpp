// A 64-bit signed atomic that adds with one fetch_add and yet never wraps.
//
// The obvious ways to refuse an overflow are a compare-and-swap loop, which is two to three times slower than fetch_add
// when threads meet, or a fetch_add that is undone, which other threads see half-done: a set() between the two would be
// lost. Here the word itself says, in the old value that fetch_add returns, whether the addition counted:
//
//     INT64_MIN         -2^62       -2^61          0          2^61        2^62         INT64_MAX
//         |---- away -----|-- edge ---|------------ here ------------|-- edge ---|---- away -----|
//
//   here   the word is the value. Every store from set, exchange and the like that leaves the value in the word is here.
//   edge   the word is the value and an addition still counts, but it was pushed there by one that began `here`; whoever
//          sees it moves the value `away` before returning. Additions of at most 2^31 cannot cross the edge: that would
//          take 2^30 threads inside add() at once.
//   away   the value is in away_, which lock_ guards, and the word is a marker. An addition to a marker counts for
//          nothing; whoever made it takes the lock and adds to away_, checked. Every change under the lock writes the
//          marker anew, so the additions cannot carry it off.
//
// Memory order: sequentially consistent throughout. Each access pairs with every other access to any atomic of this
// module, so a program may use two of them as flags for each other; acquire and release would forbid that and save
// nothing on x86-64 except in set(). Under the lock only word_ can still change, hence compare-and-swap there too.
#pragma once

#include "compat.hpp"
#include "sync/cache_line.hpp"
#include "sync/checked_arithmetic.hpp"
#include "sync/spin_lock.hpp"

#include <atomic>
#include <cstdint>
#include <optional>

namespace ungil::sync {

class alignas(cache_line) CheckedInt64 {
  public:
    // All bytes zero is the value 0: an object that was allocated but never initialised is a valid one.
    CheckedInt64() = default;
    CheckedInt64(const CheckedInt64&) = delete;
    CheckedInt64& operator=(const CheckedInt64&) = delete;

    std::int64_t get() noexcept {
        const std::int64_t word = word_.load();
        return is_away(word) ? get_away() : word;
    }

    void set(std::int64_t value) noexcept {
        if (is_here(value)) {
            word_.store(value); // whatever was there, a marker included, is over
        } else {
            exchange(value);
        }
    }

    std::int64_t exchange(std::int64_t value) noexcept {
        return change([value](std::int64_t) { return std::optional(value); }).before;
    }

    bool compare_and_set(std::int64_t expected, std::int64_t desired) noexcept {
        if (is_here(expected) && is_here(desired)) {
            return word_.compare_exchange_strong(expected, desired); // neither an edge nor a marker equals `expected`
        }
        const auto next = [=](std::int64_t now) { return now == expected ? std::optional(desired) : std::nullopt; };
        return change(next).after.has_value();
    }

    // The new value, or nothing where it would not fit: then nothing has changed.
    std::optional<std::int64_t> add(std::int64_t delta) noexcept {
        if (delta < -small || delta > small) {
            return add_slowly(delta);
        }
        const std::int64_t before = word_.fetch_add(delta);
        return is_here(before) ? std::optional(before + delta) : finish_add(before, delta);
    }

    struct Change {
        std::int64_t before;
        std::optional<std::int64_t> after; // nothing: refused, and the value is still `before`
    };

    // Replaces the value by next(value) in one step unless next returns nothing. `next` may run several times and must
    // not call Python: it may run under the lock.
    template <typename Next>
    Change change(Next next) noexcept {
        std::int64_t word = word_.load();
        while (is_here(word)) {
            const std::optional<std::int64_t> after = next(word);
            if (!after) {
                return {word, after};
            }
            if (!is_here(*after)) {
                break;
            }
            if (word_.compare_exchange_weak(word, *after)) {
                return {word, after};
            }
        }
        return change_locked(next);
    }

  private:
    static constexpr std::int64_t small = std::int64_t{1} << 31;
    static constexpr std::int64_t here_end = std::int64_t{1} << 61;
    static constexpr std::int64_t edge_end = std::int64_t{1} << 62;
    static constexpr std::int64_t marker = Int64Limits::min(); // the middle of `away`: equally far from both edges

    static bool is_here(std::int64_t word) noexcept { return word >= -here_end && word < here_end; }
    static bool is_away(std::int64_t word) noexcept { return word < -edge_end || word >= edge_end; }

    // Out of line, so that what nearly every call does needs no stack frame.
    std::int64_t get_away() noexcept;
    std::optional<std::int64_t> add_slowly(std::int64_t delta) noexcept;
    std::optional<std::int64_t> finish_add(std::int64_t before, std::int64_t delta) noexcept;

    template <typename Next>
    Change change_locked(Next next) noexcept {
        const SpinGuard guard(lock_);
        std::int64_t word = word_.load();
        for (;;) {
            const std::int64_t before = is_away(word) ? away_ : word;
            const std::optional<std::int64_t> after = next(before);
            const std::int64_t value = after.value_or(before); // a refusal renews the marker as well
            if (word_.compare_exchange_weak(word, is_here(value) ? value : marker)) {
                away_ = value; // read only under the lock and only while the word is a marker
                return {before, after};
            }
        }
    }

    std::atomic<std::int64_t> word_{0};
    std::int64_t away_ = 0;
    SpinLock lock_;
};

static_assert(std::atomic<std::int64_t>::is_always_lock_free,
              "a 64-bit atomic with a hidden lock would not be one word");

} // namespace ungil::sync
