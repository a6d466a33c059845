// Which process this is: after fork() the child has one thread, and every other one that it remembers is gone.
#pragma once

#include <cstdint>

namespace ungil::sync {

// Differs between a process and its forked child. A record of a waiting or working thread keeps the number of the
// process in which it was made; with another number now, nobody will ever wake or finish it. (The locks of this module
// need no such care: they are held between two safe points only, and os.fork() stops the world first.)
std::uint64_t process_number() noexcept;

// Once, at import. Throws std::bad_alloc where there is no memory.
void count_forks();

} // namespace ungil::sync
