// SpinLock: a lock that never detaches its thread. The idiom for a few instructions that two threads must not run at
// once, where even nb::ft_mutex would be the larger part of the cost.
//
//   1. It is held over straight-line code only: no call that may run Python code, detach, raise or release a reference.
//      Two locks are always taken in one order.
//   2. So it is held between two safe points of its thread, and whoever has stopped the world finds every SpinLock
//      free: the garbage collector reads what they guard without taking them, a child of os.fork() inherits none that
//      is held, and a daemon thread that hangs at the end of the interpreter holds none. nb::ft_mutex promises none of
//      these: where threads meet it detaches, and may be given to a thread that has yet to attach.
//   3. Whoever finds it taken looks away for a while (wait_for_owner).
//
// There is no queue of waiting threads: one that looks at a bad moment looks again, and none is put last for ever.
//
// Under the GIL there is nothing to do: straight-line code is never interrupted by another thread.
//
// Memory order: the exchange acquires and pairs with the releasing store of unlock().
#pragma once

#include "compat.hpp"

#include <atomic>

namespace ungil::sync {

// All bytes zero is a free lock.
class SpinLock {
  public:
    SpinLock() = default;
    SpinLock(const SpinLock&) = delete;
    SpinLock& operator=(const SpinLock&) = delete;

    void lock() noexcept {
        if constexpr (free_threaded) {
            if (taken_.exchange(true, std::memory_order_acquire)) {
                lock_taken();
            }
        }
    }

    // The same for a lock that is held for milliseconds: a thread that waits is detached, so that it does not hold up
    // whoever stops the world. It may hold nothing else.
    void lock_patiently() {
        if constexpr (free_threaded) {
            while (taken_.exchange(true, std::memory_order_acquire)) {
                wait_detached();
            }
        }
    }

    void unlock() noexcept {
        if constexpr (free_threaded) {
            taken_.store(false, std::memory_order_release);
        }
    }

  private:
    void lock_taken() noexcept;
    static void wait_detached();

    std::atomic<bool> taken_{false};
};

class SpinGuard {
  public:
    explicit SpinGuard(SpinLock& lock) noexcept : lock_(lock) { lock_.lock(); }
    ~SpinGuard() { lock_.unlock(); }
    SpinGuard(const SpinGuard&) = delete;
    SpinGuard& operator=(const SpinGuard&) = delete;

  private:
    SpinLock& lock_;
};

class PatientGuard {
  public:
    explicit PatientGuard(SpinLock& lock) : lock_(lock) { lock_.lock_patiently(); }
    ~PatientGuard() { lock_.unlock(); }
    PatientGuard(const PatientGuard&) = delete;
    PatientGuard& operator=(const PatientGuard&) = delete;

  private:
    SpinLock& lock_;
};

} // namespace ungil::sync
