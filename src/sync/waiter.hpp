// A thread that waits in a queue, and the line it stands in: first come, first served.
//
//   1. A line belongs to a lock: whoever links, unlinks or settles holds it.
//   2. Who settles a Waiter takes it out of its line, says how its waiting ended, and wakes it after unlocking. It is
//      its own thread's from then on and may be gone: Woken reads `next` before it wakes.
//   3. A Waiter that stops by itself unlinks itself, if it was not settled by then (parking.hpp, 3).
//   4. After fork() the threads of the parent process are gone. Their Waiters are dropped, not freed, when settle_first()
//      meets them.
#pragma once

#include "sync/parking.hpp"

#include <cstdint>

namespace ungil::sync {

struct Waiter {
    enum class State : unsigned char { waiting, served, closed };

    PyObject* item; // owned: what a producer brought, until it is served; what a consumer was given, once it is
    Parker* parker;
    std::uint64_t process; // where it joined its line
    Waiter* next;
    Waiter* previous;
    State state;

    // On the heap, since it has to outlive a thread that ends while it waits (parking.hpp). NULL with MemoryError set.
    static Waiter* create(PyObject* item) noexcept;
    void destroy() noexcept;
};

// All bytes zero is an empty line.
class WaitingLine {
  public:
    // False also where only threads of the parent process wait.
    bool empty() const noexcept { return !first_; }

    void append(Waiter* waiter) noexcept;
    void prepend(Waiter* waiter) noexcept;
    void unlink(Waiter* waiter) noexcept;

    // The first, out of the line and in that state; NULL where nobody waits.
    Waiter* settle_first(Waiter::State state) noexcept;

  private:
    Waiter* first_ = nullptr;
    Waiter* last_ = nullptr;
};

// Who was settled under a lock, to be woken after it.
class Woken {
  public:
    Woken() = default;
    Woken(const Woken&) = delete;
    Woken& operator=(const Woken&) = delete;

    void add(Waiter* waiter) noexcept {
        *end_ = waiter;
        end_ = &waiter->next;
    }

    void wake() noexcept {
        if (first_) {
            wake_all();
        }
    }

  private:
    void wake_all() noexcept;

    Waiter* first_ = nullptr;
    Waiter** end_ = &first_;
};

} // namespace ungil::sync
