// A sum that many threads add to without getting in each other's way, and that is expensive to read instead. The idiom
// for state that is written much more often than it is read: split it, one part for each writer.
//
//   1. A cell that belongs to an exclusive thread slot is written by the thread that has the slot, and by nobody else.
//      So adding to it is a load and a store: no locked instruction, and no cache line that two cores fight over.
//   2. The first cell is inside the object and belongs to the slot that added first, for ever. While only that thread
//      adds, there is no other memory.
//   3. The first addition by another thread allocates the array of cells and publishes it, once: it is never replaced.
//      From then on every thread adds to its cell there. The cell inside keeps what it has: its owner may be about to
//      write to it, and so it stays a part of the sum.
//   4. A thread whose slot is not exclusive, or beyond the exclusive cells, adds to one of the cells behind them, by
//      compare-and-swap. Where there is no memory for the array, everyone but the owner of the cell inside adds to one
//      spare cell in this way, and tries again to allocate at its next addition.
//   5. Nothing wraps: an addition that its cell has no room for is refused and changes nothing.
//
// Memory order: a cell is stored with release and summed with acquire, so whoever finds an addition in a sum sees what
// its thread did before it. The owner's own load is relaxed: it reads what it wrote itself, or what the slot's former
// thread wrote (thread_slot.hpp says why it sees that). The array's pointer is published with release, for its zeros.
// Not sequentially consistent: two threads that each add and then sum may both miss the other's addition.
#pragma once

#include "sync/cache_line.hpp"
#include "sync/checked_arithmetic.hpp"
#include "sync/thread_slot.hpp"

#include <atomic>
#include <cstdint>

namespace ungil::sync {

class alignas(cache_line) ShardedSum {
  public:
    // high * 2^32 + low: a sum of hundreds of 64-bit cells needs more than 64 bits, and not every compiler has 128.
    struct Total {
        std::int64_t high;
        std::uint32_t low;

        bool fits() const noexcept { return high >= INT32_MIN && high <= INT32_MAX; } // into 64 bits

        // The value, or the end of the 64-bit range that is nearest to it.
        std::int64_t clamped() const noexcept;
    };

    ShardedSum() = default;
    ShardedSum(const ShardedSum&) = delete;
    ShardedSum& operator=(const ShardedSum&) = delete;
    ~ShardedSum() { delete[] cells_.load(std::memory_order_relaxed); }

    // False where the cell has no room for it: then nothing has changed.
    bool add(std::int64_t amount) noexcept {
        return add(amount, [] {});
    }

    // Calls on_shared() where it finds that a second thread has come: at least once, then hardly ever again.
    template <typename OnShared>
    bool add(std::int64_t amount, OnShared on_shared) noexcept {
        const std::uint32_t slot = thread_slot();
        Cell* cells = cells_.load(std::memory_order_acquire); // pairs with the publication in share()
        if (!cells) {
            if (owns_first(slot)) {
                return store_sum(first_, amount);
            }
            cells = share();
            on_shared();
        }
        return cells ? add_to(cells, slot, amount) : swap_in_sum(spare_, amount);
    }

    // Exact when nobody adds meanwhile. Else each addition that has ended before is in it, and of those that run beside
    // it any may be: a thread's +1 may be missing though another thread's later -1 is there, so the sum of what never
    // was below zero may be.
    Total sum() const noexcept;

  private:
    using Value = std::atomic<std::int64_t>;

    // Two lines, since processors fetch them in pairs.
    struct alignas(cache_line_pair) Cell {
        Value value{0};
    };

    static constexpr std::uint32_t nobody = UINT32_MAX;
    static const std::uint32_t own_cells;    // a power of two, at most exclusive_slots
    static const std::uint32_t common_cells; // behind them

    // Relaxed: whether the owner is this slot can only have been decided by this slot's threads.
    bool owns_first(std::uint32_t slot) noexcept {
        const std::uint32_t owner = owner_.load(std::memory_order_relaxed);
        return owner == slot || (owner == nobody && become_owner(slot));
    }

    static bool add_to(Cell* cells, std::uint32_t slot, std::int64_t amount) noexcept {
        return slot < own_cells ? store_sum(cells[slot].value, amount)
                                : swap_in_sum(cells[own_cells + slot % common_cells].value, amount);
    }

    // For a cell with one writer.
    static bool store_sum(Value& value, std::int64_t amount) noexcept {
        const auto after = checked_add(value.load(std::memory_order_relaxed), amount);
        if (after) {
            value.store(*after, std::memory_order_release); // pairs with the loads of sum()
        }
        return after.has_value();
    }

    static bool swap_in_sum(Value& value, std::int64_t amount) noexcept;
    bool become_owner(std::uint32_t slot) noexcept;
    Cell* share() noexcept;

    // All on one line. Before there is an array one thread writes here; afterwards all only read.
    std::atomic<Cell*> cells_{nullptr};
    std::atomic<std::uint32_t> owner_{nobody};
    Value first_{0};
    Value spare_{0};
};

} // namespace ungil::sync
