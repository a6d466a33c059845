#include "sync/sharded_sum.hpp"

#include <algorithm>
#include <new>
#include <thread>

namespace ungil::sync {

namespace {

// Twice the processors: a thread that waits for something keeps its slot, and should not push a busy one off its cell.
std::uint32_t cells_for_this_machine() noexcept {
    const std::uint32_t wanted = 2 * std::min(std::thread::hardware_concurrency(), exclusive_slots);
    std::uint32_t cells = 4; // also where the number of processors is unknown, which is told as 0
    while (cells < wanted && cells < exclusive_slots) {
        cells *= 2;
    }
    return cells;
}

// Adds a part to a total whose `low` is not yet reduced to 32 bits; hundreds of parts cannot overflow either half.
struct Halves {
    std::int64_t high = 0;
    std::int64_t low = 0;

    void add(std::int64_t part) noexcept {
        high += part >> 32; // rounds down: what the standard says since C++20, and compilers did before
        low += part & UINT32_MAX;
    }

    ShardedSum::Total total() const noexcept { return {high + (low >> 32), static_cast<std::uint32_t>(low)}; }
};

} // namespace

const std::uint32_t ShardedSum::own_cells = cells_for_this_machine();
const std::uint32_t ShardedSum::common_cells = own_cells / 2;

std::int64_t ShardedSum::Total::clamped() const noexcept {
    if (!fits()) {
        return high < 0 ? Int64Limits::min() : Int64Limits::max();
    }
    return high * (std::int64_t{1} << 32) + low;
}

ShardedSum::Total ShardedSum::sum() const noexcept {
    Halves halves;
    halves.add(first_.load(std::memory_order_acquire)); // pairs, as the loads below do, with the addition that is found
    halves.add(spare_.load(std::memory_order_acquire));
    if (const Cell* cells = cells_.load(std::memory_order_acquire)) {
        for (const Cell* cell = cells; cell != cells + own_cells + common_cells; ++cell) {
            halves.add(cell->value.load(std::memory_order_acquire));
        }
    }
    return halves.total();
}

// For a cell with several writers.
bool ShardedSum::swap_in_sum(Value& value, std::int64_t amount) noexcept {
    std::int64_t before = value.load(std::memory_order_relaxed);
    while (const auto after = checked_add(before, amount)) {
        // release: pairs with the loads of sum(), also through the swaps of other threads on top of this one
        if (value.compare_exchange_weak(before, *after, std::memory_order_release, std::memory_order_relaxed)) {
            return true;
        }
    }
    return false;
}

bool ShardedSum::become_owner(std::uint32_t slot) noexcept {
    std::uint32_t owner = nobody;
    return slot < exclusive_slots && owner_.compare_exchange_strong(owner, slot, std::memory_order_relaxed);
}

// The array, whoever made it; NULL where there is no memory.
ShardedSum::Cell* ShardedSum::share() noexcept {
    Cell* published = nullptr;
    Cell* ours = new (std::nothrow) Cell[own_cells + common_cells];
    // release: the zeros, for the loads in add() and sum(). acquire: those of another thread that was faster.
    if (!ours || cells_.compare_exchange_strong(published, ours, std::memory_order_acq_rel)) {
        return ours;
    }
    delete[] ours;
    return published;
}

} // namespace ungil::sync
