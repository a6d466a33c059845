// Waiting: a thread that sleeps until another one wakes it, for a limited time, and never past Ctrl-C.
//
// Whoever owns the lists of waiting threads decides who is woken and why; a Parker only sleeps. The protocol that keeps
// a Parker alive until nobody will touch it any more:
//
//   1. The waiter links its Parker into a list under the lock of that list, unlocks, and parks.
//   2. Whoever takes it out of the list, under the lock, calls unpark() exactly once, after unlocking.
//   3. A waiter that stopped waiting by itself (time out, signal) takes the lock and looks: still in the list, it takes
//      itself out; else an unpark() is on its way, and it waits for that before it frees the Parker.
//   4. A signal's Python handler runs while the waiter is in no list: it may use what the waiter waits for, and fork.
//
// Functions that park are not noexcept, nor is any of their callers up to the interpreter, and they free their Parker
// by hand: until 3.13 the interpreter ends a thread that comes back from waiting during shutdown by unwinding its
// stack. Destructors run then without the GIL, and a Parker that is still in a list has to outlive its thread.
#pragma once

#include <Python.h>

#include <chrono>
#include <optional>

namespace ungil::sync {

// The moment until which a call waits; without one it waits for ever.
class Deadline {
    using Clock = std::chrono::steady_clock;

  public:
    Deadline() = default;

    // Has passed already.
    static Deadline now() noexcept {
        Deadline deadline;
        deadline.until_ = Clock::time_point();
        return deadline;
    }

    // From the argument `timeout`: None, or a number of seconds. Nothing, with TypeError or ValueError set, for others.
    static std::optional<Deadline> after(PyObject* timeout);

    bool passed() const noexcept { return until_ && Clock::now() >= *until_; }

    // What PyThread_acquire_lock_timed() takes: -1 for ever, else microseconds rounded up.
    PY_TIMEOUT_T microseconds_left() const noexcept;

  private:
    std::optional<Clock::time_point> until_;
};

class Parker {
  public:
    // NULL with MemoryError set where there is no memory.
    static Parker* create() noexcept;
    ~Parker();
    Parker(const Parker&) = delete;
    Parker& operator=(const Parker&) = delete;

    // Sleeps detached until unpark(), the deadline or a signal, whichever is first. After a signal it is the caller who
    // runs the handlers, and who may leave its line before: then what a handler raises takes nothing along.
    PyLockStatus nap(const Deadline& deadline) { return sleep(deadline.microseconds_left(), true); }

    // Sleeps until unpark(), whatever else happens: for an unpark() that is known to be on its way.
    void await_unpark();

    // From any thread, once. The Parker may be freed by its owner before this returns.
    void unpark() noexcept;

  private:
    explicit Parker(PyThread_type_lock lock) noexcept : lock_(lock) {}

    PyLockStatus sleep(PY_TIMEOUT_T microseconds, bool wake_for_signals);

    PyThread_type_lock lock_; // held from creation on; unpark() releases it: a semaphore that begins at zero
};

} // namespace ungil::sync
