// OnceGate: the right to run something exactly once. What Once, Lazy and the mappings' get_or_compute() stand on.
//
//     switch (gate.enter()) {
//     case OnceGate::Entry::run:     // this call has the right: run it, publish what it made, and then, on the same
//         gate.leave(success);       // thread and whatever happened, say how it went
//     case OnceGate::Entry::done:    // what the run that succeeded wrote before its leave() can be read
//     case OnceGate::Entry::failed:  // an error is set, and there is nothing to leave
//     }
//
//   1. One word (once_word.hpp) says everything: idle, done, or running and by which thread. It goes from idle to
//      running by one thread's claim, from there to done or idle by that thread's leave(), and never away from done.
//   2. A run that failed does not count: the gate is idle again, all who waited are woken, and whoever claims it first
//      runs next. So an exception reaches the call whose function raised it and no other. Handing the one exception
//      object to all who waited would let their threads write its traceback and context at the same time.
//   3. Waiting that could never end is an error, not a deadlock. Who is about to wait looks who runs this gate, which
//      gate that thread waits for, who runs that, and so on (once_waiters.cpp). Meeting itself it would close a circle:
//      RuntimeError. The last to come always sees it, because a thread that waits claims nothing. Waiting for other
//      things than gates is not seen.
//   4. A run by a thread that fork() left behind counts as idle.
//
// Memory order: the claim acquires and leave() releases, so a run sees what those that failed wrote; done() acquires
// and pairs with the leave() that made it so.
//
// The gate has to outlive every call. As parking.hpp says, enter() is not noexcept, nor are its callers; and no C++
// object on their stacks may be what keeps the gate alive.
#pragma once

#include "compat.hpp"
#include "sync/once_word.hpp"
#include "sync/parking.hpp"

#include <atomic>
#include <cstdint>

namespace ungil::sync {

class OnceGate {
  public:
    enum class Entry { run, done, failed };

    OnceGate() = default; // all bytes zero is idle
    OnceGate(const OnceGate&) = delete;
    OnceGate& operator=(const OnceGate&) = delete;

    bool done() const noexcept { return word_.load(std::memory_order_acquire) == once_word::done; }

    // Waits while another thread runs. The error of `failed` is what a signal's handler raised, MemoryError,
    // TimeoutError past the deadline, or RuntimeError where waiting would never end: because of a circle, or because
    // the interpreter is shutting down and has ended the thread that runs.
    Entry enter(const Deadline& deadline = {}) { return done() ? Entry::done : claim_or_wait(deadline); }

    // After enter() returned `run`. An error that is set stays set.
    void leave(bool success) noexcept;

  private:
    bool claim() noexcept;
    Entry claim_or_wait(const Deadline& deadline);
    bool wait(const Deadline& deadline);
    bool refuse_circle() const noexcept;

    std::atomic<std::uint64_t> word_{once_word::idle};
};

} // namespace ungil::sync
