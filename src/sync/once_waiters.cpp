#include "sync/once_waiters.hpp"

#include "sync/once_word.hpp"
#include "sync/process.hpp"
#include "sync/spin_lock.hpp"

#include <new>

namespace ungil::sync {

namespace {

thread_local unsigned waits = 0;

// All of it guarded by `lock`, where there is no GIL to guard it.
struct {
    SpinLock lock;
    OnceWaiter* first = nullptr;
    std::uint64_t process = 0;
    std::uint64_t searches = 0;
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

// `unseen`, and before it the waits that the run of `word` has come to and that this search has not met yet.
OnceWaiter* with_waits_inside(std::uint64_t word, OnceWaiter* unseen) noexcept {
    for (OnceWaiter* waiter = all.first; waiter; waiter = waiter->next) {
        if (waiter->thread == once_word::thread_of(word) && waiter->interrupts >= once_word::waits_of(word) &&
            waiter->search != all.searches) {
            waiter->search = all.searches;
            waiter->unseen = unseen;
            unseen = waiter;
        }
    }
    return unseen;
}

// Whether the run that `waiter` wants the end of is run by its own thread, or has come to wait for one that is, or for
// one that waits for one, and so on. Meets each wait once, so it ends.
bool closes_circle(const OnceWaiter& waiter) noexcept {
    ++all.searches;
    OnceWaiter* unseen = nullptr;
    for (const std::atomic<std::uint64_t>* at = waiter.word;; unseen = unseen->unseen) {
        const std::uint64_t word = at->load(std::memory_order_relaxed);
        if (once_word::thread_of(word) == waiter.thread) {
            return true;
        }
        unseen = with_waits_inside(word, unseen);
        if (!unseen) {
            return false;
        }
        at = unseen->word;
    }
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
    auto* waiter = new (std::nothrow) OnceWaiter{&word, parker, thread_number(), waits};
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
    ++waits;
    const Parker::Outcome outcome = parker->park(deadline);
    --waits;
    if (outcome == Parker::Outcome::unparked) {
        return true;
    }
    const bool timed_out = outcome == Parker::Outcome::timed_out;
    if (!stop_waiting(*this)) {
        parker->await_unpark();
        return timed_out;
    }
    if (timed_out) {
        PyErr_SetString(PyExc_TimeoutError, "another thread was still running the function when the time was over");
    }
    return false;
}

unsigned waits_of_this_thread() noexcept {
    return waits;
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
