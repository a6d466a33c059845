#include "sync/once_waiters.hpp"

#include "sync/once_word.hpp"
#include "sync/process.hpp"
#include "sync/spin_lock.hpp"

#include <new>

namespace ungil::sync {

namespace {

// All of it guarded by `lock`, where there is no GIL to guard it.
struct {
    SpinLock lock;
    OnceWaiter* first = nullptr;
    std::uint64_t process = 0;
} all;

void link(OnceWaiter& waiter) noexcept {
    waiter.listed = true;
    waiter.next = all.first;
    if (all.first) {
        all.first->previous = &waiter;
    }
    all.first = &waiter;
}

void unlink(OnceWaiter& waiter) noexcept {
    waiter.listed = false;
    (waiter.previous ? waiter.previous->next : all.first) = waiter.next;
    if (waiter.next) {
        waiter.next->previous = waiter.previous;
    }
    waiter.previous = nullptr;
}

// Takes those out that the predicate says; they are chained by `next`.
template <typename Predicate>
OnceWaiter* take(Predicate predicate) noexcept {
    OnceWaiter* taken = nullptr;
    for (OnceWaiter *waiter = all.first, *next = nullptr; waiter; waiter = next) {
        next = waiter->next;
        if (predicate(*waiter)) {
            unlink(*waiter);
            waiter->next = taken;
            taken = waiter;
        }
    }
    return taken;
}

// First of all under the lock. Does something once in each forked child. What it takes out is leaked: some platforms
// cannot destroy a lock on which, as it seems to them, a thread sleeps.
void forget_former_process() noexcept {
    if (all.process != process_number()) {
        all.process = process_number();
        take([](const OnceWaiter& waiter) { return !is_of_this_process(waiter.thread); });
    }
}

const OnceWaiter* wait_of(std::uint64_t thread) noexcept {
    const OnceWaiter* waiter = all.first;
    while (waiter && waiter->thread != thread) {
        waiter = waiter->next;
    }
    return waiter;
}

// Whether the run that `waiter` wants the end of is run by its own thread, or by one that waits for a run that is, and
// so on. It ends, since no wait in the list has closed a circle before.
bool closes_circle(const OnceWaiter& waiter) noexcept {
    for (const OnceWaiter* at = &waiter; at;) {
        const std::uint64_t runner = once_word::thread_of(at->word->load(std::memory_order_relaxed));
        if (runner == waiter.thread) {
            return true;
        }
        at = wait_of(runner);
    }
    return false;
}

// For a waiter that stopped by itself: false where an unpark() is on its way.
bool stop_waiting(OnceWaiter& waiter) noexcept {
    const SpinGuard guard(all.lock);
    forget_former_process();
    const bool was_listed = waiter.listed;
    if (was_listed) {
        unlink(waiter);
    }
    return was_listed;
}

OnceWaiter* take_waiters(std::atomic<std::uint64_t>& word, std::uint64_t after) noexcept {
    const SpinGuard guard(all.lock);
    forget_former_process();
    word.store(after, std::memory_order_release); // pairs as in OnceGate::leave()
    return take([&](const OnceWaiter& waiter) { return waiter.word == &word; });
}

} // namespace

OnceWaiter* OnceWaiter::create(std::atomic<std::uint64_t>& word) noexcept {
    Parker* parker = Parker::create();
    if (!parker) {
        return nullptr;
    }
    auto* waiter = new (std::nothrow) OnceWaiter{&word, parker, thread_number()};
    if (!waiter) {
        delete parker;
        PyErr_NoMemory();
    }
    return waiter;
}

void OnceWaiter::free(OnceWaiter* waiter) noexcept {
    delete waiter->parker;
    delete waiter;
}

bool OnceWaiter::sleep(const Deadline& deadline) {
    const PyLockStatus status = parker->nap(deadline);
    if (status == PY_LOCK_ACQUIRED) {
        return true;
    }
    const bool ended = !stop_waiting(*this);
    if (ended) {
        parker->await_unpark();
    }
    if (status == PY_LOCK_INTR) {
        return PyErr_CheckSignals() == 0;
    }
    if (!ended) {
        PyErr_SetString(PyExc_TimeoutError, "another thread was still running the function when the time was over");
    }
    return ended;
}

Prospect begin_waiting(OnceWaiter& waiter) noexcept {
    const SpinGuard guard(all.lock);
    forget_former_process();
    std::uint64_t word = waiter.word->load(std::memory_order_relaxed);
    if (!once_word::is_running(word)) {
        return Prospect::look_again;
    }
    if (!is_of_this_process(once_word::thread_of(word))) {
        waiter.word->store(once_word::idle, std::memory_order_relaxed); // its thread is no more: nobody else writes
        return Prospect::look_again;
    }
    if (closes_circle(waiter)) {
        return Prospect::circle;
    }
    // Relaxed: it publishes nothing. It fails where the run has just ended.
    if (!waiter.word->compare_exchange_strong(word, word | once_word::awaited, std::memory_order_relaxed)) {
        return Prospect::look_again;
    }
    link(waiter);
    return Prospect::sleep;
}

void end_run(std::atomic<std::uint64_t>& word, std::uint64_t after) noexcept {
    for (OnceWaiter *waiter = take_waiters(word, after), *next = nullptr; waiter; waiter = next) {
        next = waiter->next; // unparked, it may be freed
        waiter->parker->unpark();
    }
}

} // namespace ungil::sync
