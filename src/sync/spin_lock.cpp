#include "sync/spin_lock.hpp"

#include "sync/spin.hpp"

#include <chrono>
#include <thread>

namespace ungil::sync {

void SpinLock::lock_taken() noexcept {
    unsigned looks = 0;
    do {
        wait_for_owner(looks++);
    } while (taken_.load(std::memory_order_relaxed) || taken_.exchange(true, std::memory_order_acquire));
}

void SpinLock::wait_detached() {
    back_off();
    PyThreadState* state = PyEval_SaveThread();
    std::this_thread::sleep_for(std::chrono::microseconds(20));
    PyEval_RestoreThread(state);
}

} // namespace ungil::sync
