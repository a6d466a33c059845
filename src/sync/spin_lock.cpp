#include "sync/spin_lock.hpp"

#include "sync/spin.hpp"

#include <chrono>
#include <thread>

namespace ungil::sync {

namespace {

// The more often the lock was found taken, the less likely its owner is running.
void wait(unsigned looks) noexcept {
    constexpr unsigned owner_runs = 16;
    constexpr unsigned owner_is_ready = 256; // unless this thread has a higher priority: then it has to sleep
    if (looks < owner_runs) {
        back_off();
    } else if (looks < owner_is_ready) {
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

void SpinLock::lock_taken() noexcept {
    unsigned looks = 0;
    do {
        wait(looks++);
    } while (taken_.load(std::memory_order_relaxed) || taken_.exchange(true, std::memory_order_acquire));
}

void SpinLock::wait_detached() {
    back_off();
    Py_BEGIN_ALLOW_THREADS std::this_thread::sleep_for(std::chrono::microseconds(20));
    Py_END_ALLOW_THREADS
}

} // namespace ungil::sync
