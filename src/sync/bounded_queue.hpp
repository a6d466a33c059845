// BoundedQueue: a ring between threads that put and threads that get. The idiom for two ends that have little to do with
// each other: each has a lock and a cache line of its own, and looks at the other's only when it has to.
//
//          head: who gets                           tail: who puts
//          lock, index, copy of tail                lock, index, copy of head
//          producers that wait for room             consumers that wait for an item
//               |                                        |
//     slots  ...[ first item | ...         ... | last item ]...          head <= tail <= head + maxsize
//
//   1. Whoever gets holds the head's lock, whoever puts the tail's. Who needs both takes the head's first.
//   2. The indices only grow; what they differ by is how many items there are. Each end keeps a copy of the other's
//      index, which can only be behind: it may see too few items or too little room, never too many or too much, and is
//      renewed before anybody is told so.
//   3. Consumers wait only while the ring is empty, producers only while it is full, and a line is joined under both
//      locks. So who puts sees every waiting consumer under the tail's lock and gives it the item, past the ring; who
//      gets sees every waiting producer under the head's lock and takes the tail's as well, to put that producer's item
//      into the place before anybody else can. Items, consumers and producers are all served first come, first served.
//   4. The ring begins small and doubles under both locks up to the first power of two that holds maxsize.
//   5. The locks guard straight-line code: references are counted, memory is allocated and threads are woken without.
//
// Memory order: a store to an index releases and pairs with the acquiring load by the other end: of tail, so that the
// slot is seen filled; of head, so that the slot is not filled again before it was read. Everything else is guarded by a
// lock. Loads of an end's own index, under its lock, are relaxed.
#pragma once

#include "sync/cache_line.hpp"
#include "sync/spin_lock.hpp"
#include "sync/waiter.hpp"

#include <nanobind/nanobind.h>

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace ungil::sync {

namespace nb = nanobind;

// All bytes zero is an empty queue.
class BoundedQueue {
  public:
    // not_now: the ring is full, or empty, and the queue open. too_small: grow(), then try again.
    enum class Step : unsigned char { done, not_now, closed, too_small };

    BoundedQueue() = default;
    BoundedQueue(const BoundedQueue&) = delete;
    BoundedQueue& operator=(const BoundedQueue&) = delete;
    ~BoundedQueue();

    // False where the queue has been used already.
    bool set_maxsize(std::int64_t maxsize) noexcept;

    std::int64_t maxsize() const noexcept { return static_cast<std::int64_t>(most()); }
    std::int64_t size() const noexcept;
    bool closed() noexcept;

    // From now on nothing is put; whoever waits is told so.
    void close() noexcept;

    // On `done` the queue owns the reference to `item`, else still the caller.
    Step put(PyObject* item) noexcept {
        Woken woken;
        const Step step = put_locked(item, woken);
        woken.wake();
        return step;
    }

    // On `done` the caller owns the reference to *item.
    Step get(PyObject** item) noexcept {
        {
            const SpinGuard head(head_.lock);
            if (head_.producers.empty()) {
                return take(item);
            }
        }
        return get_and_admit(item);
    }

    // As put() and get(), of producer->item and to consumer->item; on `not_now` the Waiter has joined its line, as its
    // first if it is `back` from running a signal handler.
    Step put_or_join(Waiter* producer, bool back) noexcept;
    Step get_or_join(Waiter* consumer, bool back) noexcept;

    // Whether the Waiter has left its line; false where it was settled before.
    bool leave_producers(Waiter* producer) noexcept;
    bool leave_consumers(Waiter* consumer) noexcept;

    // Puts the first of `count` items in, as many as can be, and counts them; *step says how the next one went.
    std::size_t put_first_of(PyObject* const* items, std::size_t count, Step* step) noexcept;

    // Gets exactly `count` items in one step and returns their number; where there are fewer, gets none and returns how
    // many there are.
    std::size_t get_exactly(PyObject** items, std::size_t count) noexcept;

    // Doubles the ring, unless another thread has done so since it was found too small. False without memory.
    bool grow() noexcept;

    // For the garbage collector, which has stopped every other thread: no lock is held anywhere (spin_lock.hpp).
    template <typename Visit>
    int visit(Visit visit_item) const noexcept {
        const std::uint64_t tail = tail_.index.load(std::memory_order_relaxed);
        for (std::uint64_t next = head_.index.load(std::memory_order_relaxed); next != tail; ++next) {
            if (const int result = visit_item(head_.slots[next & head_.mask])) {
                return result;
            }
        }
        return 0;
    }

  private:
    struct alignas(cache_line_pair) Head {
        SpinLock lock;
        bool closed = false;
        std::atomic<std::uint64_t> index{0};
        std::uint64_t tail_seen = 0;
        PyObject** slots = nullptr;
        std::uint64_t mask = 0;
        WaitingLine producers;
    };

    struct alignas(cache_line_pair) Tail {
        SpinLock lock;
        bool closed = false;
        std::atomic<std::uint64_t> index{0};
        std::uint64_t head_seen = 0;
        PyObject** slots = nullptr; // the same as the head's
        std::uint64_t mask = 0;     // the same as the head's
        std::uint64_t room = 0;     // how many items may be in the ring, as large as it is now
        WaitingLine consumers;
    };

    struct BothGuard {
        explicit BothGuard(BoundedQueue& queue) noexcept : head(queue.head_.lock), tail(queue.tail_.lock) {}
        SpinGuard head;
        SpinGuard tail;
    };

    // Without __init__ the smallest queue there is.
    std::uint64_t most() const noexcept {
        const std::uint64_t set = maxsize_.load(std::memory_order_relaxed);
        return set ? set : 1;
    }

    Step put_locked(PyObject* item, Woken& woken) noexcept {
        const SpinGuard tail(tail_.lock);
        return store(item, woken);
    }

    // Under the tail's lock.
    Step store(PyObject* item, Woken& woken) noexcept {
        if (tail_.closed) {
            return Step::closed;
        }
        if (!tail_.consumers.empty() && hand_over(item, woken)) {
            return Step::done;
        }
        const std::uint64_t tail = tail_.index.load(std::memory_order_relaxed);
        if (tail - tail_.head_seen >= tail_.room) {
            tail_.head_seen = head_.index.load(std::memory_order_acquire);
            if (tail - tail_.head_seen >= tail_.room) {
                return tail_.room < most() ? Step::too_small : Step::not_now;
            }
        }
        tail_.slots[tail & tail_.mask] = item;
        // The line after the next was last read by a consumer, on another core.
        prefetch_for_write(&tail_.slots[(tail + 2 * cache_line / sizeof(PyObject*)) & tail_.mask]);
        tail_.index.store(tail + 1, std::memory_order_release);
        return Step::done;
    }

    // Under the head's lock, while no producer waits or before admit().
    Step take(PyObject** item) noexcept {
        const std::uint64_t head = head_.index.load(std::memory_order_relaxed);
        if (head == head_.tail_seen) {
            head_.tail_seen = tail_.index.load(std::memory_order_acquire);
            if (head == head_.tail_seen) {
                return head_.closed ? Step::closed : Step::not_now;
            }
        }
        *item = head_.slots[head & head_.mask];
        head_.index.store(head + 1, std::memory_order_release);
        return Step::done;
    }

    bool hand_over(PyObject* item, Woken& woken) noexcept;
    void admit(Woken& woken) noexcept;
    Step get_and_admit(PyObject** item) noexcept;
    std::size_t take_exactly(PyObject** items, std::size_t count) noexcept;
    std::uint64_t slot_count() noexcept;
    PyObject** replace_ring(PyObject** slots, std::uint64_t count, std::uint64_t before) noexcept;

    Head head_;
    Tail tail_;
    alignas(cache_line_pair) std::atomic<std::uint64_t> maxsize_{0}; // written once, under both locks; 0: not yet
};

void bind_bounded_queue(nb::module_& m);

} // namespace ungil::sync
