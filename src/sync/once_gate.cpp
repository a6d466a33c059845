#include "sync/once_gate.hpp"

#include "compat.hpp"
#include "sync/once_waiters.hpp"
#include "sync/process.hpp"

namespace ungil::sync {

namespace {

std::uint64_t running_here() noexcept {
    return once_word::running_in(thread_number());
}

// False with an error set where the thread that runs will not go on.
bool others_go_on() {
    if (is_finalizing()) {
        PyErr_SetString(PyExc_RuntimeError,
                        "waiting would never end: another thread began to run the function, and the "
                        "interpreter's shutdown has stopped it");
        return false;
    }
    return true;
}

} // namespace

bool OnceGate::claim() noexcept {
    std::uint64_t idle = once_word::idle;
    return word_.compare_exchange_strong(idle, running_here(), std::memory_order_acquire, std::memory_order_relaxed);
}

OnceGate::Entry OnceGate::claim_or_wait(const Deadline& deadline) {
    for (;;) {
        if (claim()) {
            return Entry::run;
        }
        if (done()) {
            return Entry::done;
        }
        if (!wait(deadline)) {
            return Entry::failed;
        }
    }
}

// True where it is worth looking again; false with an error set.
bool OnceGate::wait(const Deadline& deadline) {
    OnceWaiter* waiter = others_go_on() ? OnceWaiter::create(word_) : nullptr;
    if (!waiter) {
        return false;
    }
    const Prospect prospect = begin_waiting(*waiter);
    const bool go_on = prospect == Prospect::sleep    ? waiter->sleep(deadline)
                       : prospect == Prospect::circle ? refuse_circle()
                                                      : true;
    OnceWaiter::free(waiter);
    return go_on;
}

// False with RuntimeError set.
bool OnceGate::refuse_circle() const noexcept {
    const bool ours = once_word::thread_of(word_.load(std::memory_order_relaxed)) == thread_number();
    PyErr_SetString(PyExc_RuntimeError,
                    ours ? "reentrant call: a function that runs once must not ask for its own result"
                         : "deadlock: the thread that runs this function waits, itself or through others, for a "
                           "function that this thread is running");
    return false;
}

void OnceGate::leave(bool success) noexcept {
    const std::uint64_t after = success ? once_word::done : once_word::idle;
    std::uint64_t word = running_here();
    // Release: pairs with done() and with the next claim.
    if (!word_.compare_exchange_strong(word, after, std::memory_order_release, std::memory_order_relaxed)) {
        end_run(word_, after); // somebody waits
    }
}

} // namespace ungil::sync
