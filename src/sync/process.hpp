// Which process this is: after fork() the child has one thread, and every other one that it remembers is gone.
#pragma once

#include <cstdint>

namespace ungil::sync {

// Differs between a process and its forked child. A record of a waiting or working thread keeps the number of the
// process in which it was made; with another number now, nobody will ever wake or finish it. (The locks of this module
// need no such care, being SpinLocks: os.fork() stops the world first, and finds all of them free.)
std::uint64_t process_number() noexcept;

// Tells this thread from every other one, in this process and in those that it was forked from; never 0, never used
// again. It takes 54 bits, so that it fits into a word beside a state.
std::uint64_t thread_number() noexcept;

// Whether the thread with that number belongs to this process: false for one that fork() left behind. Says nothing
// about threads that ended by themselves.
bool is_of_this_process(std::uint64_t thread) noexcept;

// Once, at import. Throws std::bad_alloc where there is no memory.
void count_forks();

} // namespace ungil::sync
