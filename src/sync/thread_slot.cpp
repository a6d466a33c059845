#include "sync/thread_slot.hpp"

#include <atomic>

namespace ungil::sync {

namespace {

constexpr std::uint32_t bits_per_word = 64;

// One bit for each exclusive number: set while a thread has it.
std::atomic<std::uint64_t> taken[exclusive_slots / bits_per_word];

std::uint32_t index_of(std::uint64_t bit) noexcept {
    std::uint32_t index = 0;
    while (bit >>= 1) {
        ++index;
    }
    return index;
}

// The lowest bit that was clear and is set now; 0 where all are taken.
std::uint64_t take_bit(std::atomic<std::uint64_t>& word) noexcept {
    std::uint64_t now = word.load(std::memory_order_relaxed);
    while (const std::uint64_t lowest_clear = ~now & (now + 1)) {
        // acquire: pairs with the release in give_back()
        if (word.compare_exchange_weak(now, now | lowest_clear, std::memory_order_acquire, std::memory_order_relaxed)) {
            return lowest_clear;
        }
    }
    return 0;
}

// A number that others may have too: the next one, round and round.
std::uint32_t next_shared_slot() noexcept {
    static std::atomic<std::uint32_t> next{0};
    return exclusive_slots + next.fetch_add(1, std::memory_order_relaxed) % exclusive_slots;
}

std::uint32_t take() noexcept {
    for (std::uint32_t first = 0; first < exclusive_slots; first += bits_per_word) {
        if (const std::uint64_t bit = take_bit(taken[first / bits_per_word])) {
            return first + index_of(bit);
        }
    }
    return next_shared_slot();
}

void give_back(std::uint32_t slot) noexcept {
    const std::uint64_t bit = std::uint64_t{1} << slot % bits_per_word;
    // release: pairs with the acquire in take_bit()
    taken[slot / bits_per_word].fetch_and(~bit, std::memory_order_release);
}

// Lives as long as its thread.
class Slot {
  public:
    Slot() noexcept : slot_(take()) { detail::slot_of_this_thread = slot_; }
    // Other thread-local destructors may still use the number after this one: not ours, which is another thread's soon.
    ~Slot() {
        if (slot_ < exclusive_slots) {
            detail::slot_of_this_thread = exclusive_slots + slot_;
            give_back(slot_);
        }
    }
    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;

  private:
    std::uint32_t slot_;
};

} // namespace

std::uint32_t detail::take_thread_slot() noexcept {
    static thread_local const Slot slot;
    return slot_of_this_thread;
}

} // namespace ungil::sync
