#include "sync/spin.hpp"

#include <chrono>
#include <thread>

namespace ungil::sync {

namespace {

constexpr unsigned owner_is_ready = 256; // unless this thread has a higher priority: then it has to sleep

void leave_processor(unsigned looks) noexcept {
    if (looks < owner_is_ready) {
        std::this_thread::yield();
    } else {
        std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
}

} // namespace

// By the clock, since the length of one pause differs between processors by a factor of fifty.
void back_off() noexcept {
    using Clock = std::chrono::steady_clock;
    const auto end = Clock::now() + std::chrono::nanoseconds(1500);
    do {
        pause_processor();
    } while (Clock::now() < end);
}

void wait_for_owner(unsigned looks) noexcept {
    constexpr unsigned owner_runs = 16;
    looks < owner_runs ? back_off() : leave_processor(looks);
}

void wait_for_writer(unsigned looks) noexcept {
    constexpr unsigned writer_runs = 64;
    looks < writer_runs ? pause_processor() : leave_processor(looks);
}

} // namespace ungil::sync
