// Who waits for which OnceGate, and whether that can end.
//
// Every wait for any gate is in one list under one lock: there are no more of them than threads, since a signal's handler
// runs outside of the list, and whoever gets this far is about to sleep anyway. So a gate needs no list of
// its own, and the circle of threads that wait for each other is found by walking this one. Only straight-line code
// runs under the lock.
//
// A running word (once_word.hpp) is marked as awaited when its first waiter comes. From then on it changes under the
// lock only, so whatever the search for a circle walks over holds still. leave() of a word without the mark needs no
// lock: nobody waits.
#pragma once

#include "sync/parking.hpp"

#include <atomic>
#include <cstdint>

namespace ungil::sync {

// One wait of one thread for the word of a gate. On the heap, and freed by hand: parking.hpp says why.
struct OnceWaiter {
    std::atomic<std::uint64_t>* word;
    Parker* parker;
    std::uint64_t thread;

    // The rest belongs to the list and is guarded by its lock.
    bool listed = false;
    OnceWaiter* next = nullptr;
    OnceWaiter* previous = nullptr;

    // NULL with MemoryError set where there is no memory.
    static OnceWaiter* create(std::atomic<std::uint64_t>& word) noexcept;
    static void free(OnceWaiter* waiter) noexcept;

    // Sleeps until the run has ended, until the deadline, or until a signal's handler has run: out of the list, so that
    // the handler may do anything, fork() included. True where it is worth looking again, false with an error set. Only
    // after begin_waiting() said `sleep`, which has to be asked again before the next sleep.
    bool sleep(const Deadline& deadline);
};

enum class Prospect { sleep, look_again, circle };

// Lists the waiter and marks its word. `look_again`: the run has ended, or was left behind by fork() and is now idle.
// `circle`: the run cannot end before this thread goes on.
Prospect begin_waiting(OnceWaiter& waiter) noexcept;

// Ends the run of a word that is marked as awaited: stores `after` and wakes everyone who waits for it.
void end_run(std::atomic<std::uint64_t>& word, std::uint64_t after) noexcept;

} // namespace ungil::sync
