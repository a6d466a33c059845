#include "sync/bounded_queue.hpp"

#include "sync/deep_release.hpp"

#include <algorithm>
#include <limits>
#include <new>

namespace ungil::sync {

BoundedQueue::~BoundedQueue() {
    visit([](PyObject* item) {
        release_later(item);
        return 0;
    });
    delete[] head_.slots;
    release_handed_over();
}

bool BoundedQueue::set_maxsize(std::int64_t maxsize) noexcept {
    const BothGuard both(*this);
    const bool unused = !head_.slots && !tail_.closed && tail_.consumers.empty();
    if (unused) {
        maxsize_.store(static_cast<std::uint64_t>(maxsize), std::memory_order_relaxed);
    }
    return unused;
}

// The head first: it only grows, so the difference is never negative. It may be too large by what others got meanwhile.
std::int64_t BoundedQueue::size() const noexcept {
    const std::uint64_t head = head_.index.load(std::memory_order_acquire);
    const std::uint64_t tail = tail_.index.load(std::memory_order_acquire);
    return static_cast<std::int64_t>(std::min(tail - head, most()));
}

bool BoundedQueue::closed() noexcept {
    const SpinGuard tail(tail_.lock);
    return tail_.closed;
}

void BoundedQueue::close() noexcept {
    Woken woken;
    {
        const BothGuard both(*this);
        head_.closed = true;
        tail_.closed = true;
        while (Waiter* producer = head_.producers.settle_first(Waiter::State::closed)) {
            woken.add(producer);
        }
        while (Waiter* consumer = tail_.consumers.settle_first(Waiter::State::closed)) {
            woken.add(consumer);
        }
    }
    woken.wake();
}

// To the consumer that has waited longest; false where there is none after all.
bool BoundedQueue::hand_over(PyObject* item, Woken& woken) noexcept {
    Waiter* consumer = tail_.consumers.settle_first(Waiter::State::served);
    if (consumer) {
        consumer->item = item;
        woken.add(consumer);
    }
    return consumer;
}

// Under both locks: lets waiting producers into the room that there is.
void BoundedQueue::admit(Woken& woken) noexcept {
    tail_.head_seen = head_.index.load(std::memory_order_relaxed);
    std::uint64_t tail = tail_.index.load(std::memory_order_relaxed);
    while (tail - tail_.head_seen < tail_.room) {
        Waiter* producer = head_.producers.settle_first(Waiter::State::served);
        if (!producer) {
            break;
        }
        tail_.slots[tail++ & tail_.mask] = producer->item;
        woken.add(producer);
    }
    tail_.index.store(tail, std::memory_order_release);
}

BoundedQueue::Step BoundedQueue::get_and_admit(PyObject** item) noexcept {
    Woken woken;
    Step step = Step::done;
    {
        const BothGuard both(*this);
        step = take(item);
        admit(woken);
    }
    woken.wake();
    return step;
}

BoundedQueue::Step BoundedQueue::put_or_join(Waiter* producer, bool back) noexcept {
    Woken woken;
    Step step = Step::done;
    {
        const BothGuard both(*this);
        step = store(producer->item, woken);
        if (step == Step::not_now) {
            back ? head_.producers.prepend(producer) : head_.producers.append(producer);
        }
    }
    woken.wake();
    return step;
}

BoundedQueue::Step BoundedQueue::get_or_join(Waiter* consumer, bool back) noexcept {
    Woken woken;
    Step step = Step::done;
    {
        const BothGuard both(*this);
        step = take(&consumer->item);
        admit(woken);
        if (step == Step::not_now) {
            back ? tail_.consumers.prepend(consumer) : tail_.consumers.append(consumer);
        }
    }
    woken.wake();
    return step;
}

bool BoundedQueue::leave_producers(Waiter* producer) noexcept {
    const SpinGuard head(head_.lock);
    const bool waiting = producer->state == Waiter::State::waiting;
    if (waiting) {
        head_.producers.unlink(producer);
    }
    return waiting;
}

bool BoundedQueue::leave_consumers(Waiter* consumer) noexcept {
    const SpinGuard tail(tail_.lock);
    const bool waiting = consumer->state == Waiter::State::waiting;
    if (waiting) {
        tail_.consumers.unlink(consumer);
    }
    return waiting;
}

std::size_t BoundedQueue::put_first_of(PyObject* const* items, std::size_t count, Step* step) noexcept {
    Woken woken;
    std::size_t done = 0;
    *step = Step::done;
    {
        const SpinGuard tail(tail_.lock);
        while (done < count && (*step = store(items[done], woken)) == Step::done) {
            ++done;
        }
    }
    woken.wake();
    return done;
}

// Under the head's lock.
std::size_t BoundedQueue::take_exactly(PyObject** items, std::size_t count) noexcept {
    const std::uint64_t head = head_.index.load(std::memory_order_relaxed);
    head_.tail_seen = tail_.index.load(std::memory_order_acquire);
    const std::uint64_t there = head_.tail_seen - head;
    if (there < count) {
        return static_cast<std::size_t>(there);
    }
    for (std::size_t done = 0; done < count; ++done) {
        items[done] = head_.slots[(head + done) & head_.mask];
    }
    head_.index.store(head + count, std::memory_order_release);
    return count;
}

std::size_t BoundedQueue::get_exactly(PyObject** items, std::size_t count) noexcept {
    {
        const SpinGuard head(head_.lock);
        if (head_.producers.empty()) {
            return take_exactly(items, count);
        }
    }
    Woken woken;
    std::size_t got = 0;
    {
        const BothGuard both(*this);
        got = take_exactly(items, count);
        admit(woken);
    }
    woken.wake();
    return got;
}

std::uint64_t BoundedQueue::slot_count() noexcept {
    const SpinGuard tail(tail_.lock);
    return tail_.slots ? tail_.mask + 1 : 0;
}

// Moves the items to `slots`, unless the ring has grown already; returns what is to be freed.
PyObject** BoundedQueue::replace_ring(PyObject** slots, std::uint64_t count, std::uint64_t before) noexcept {
    const BothGuard both(*this);
    if ((head_.slots ? head_.mask + 1 : 0) != before) {
        return slots;
    }
    const std::uint64_t tail = tail_.index.load(std::memory_order_relaxed);
    for (std::uint64_t next = head_.index.load(std::memory_order_relaxed); next != tail; ++next) {
        slots[next & (count - 1)] = head_.slots[next & head_.mask];
    }
    std::swap(slots, head_.slots);
    tail_.slots = head_.slots;
    head_.mask = tail_.mask = count - 1;
    tail_.room = std::min(count, most());
    return slots;
}

bool BoundedQueue::grow() noexcept {
    constexpr std::uint64_t first_count = 64;
    constexpr std::uint64_t largest = std::numeric_limits<std::ptrdiff_t>::max() / sizeof(PyObject*);
    const std::uint64_t before = slot_count();
    if (before >= most()) {
        return true;
    }
    std::uint64_t count = before ? 2 * before : 1;
    while (!before && count < first_count && count < most()) {
        count *= 2;
    }
    auto* slots = count <= largest ? new (std::nothrow) PyObject*[static_cast<std::size_t>(count)] : nullptr;
    if (!slots) {
        return false;
    }
    delete[] replace_ring(slots, count, before);
    return true;
}

} // namespace ungil::sync
