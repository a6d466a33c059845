// Waiting for a thread that is a few instructions from letting go: attached, so only for what a thread does between two
// safe points.
#pragma once

#if defined(_M_X64) || defined(_M_IX86)
#include <intrin.h>
#endif

namespace ungil::sync {

// Tells the processor that this is a loop that waits: the other thread of the core gets more of it.
inline void pause_processor() noexcept {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(_M_X64) || defined(_M_IX86)
    _mm_pause();
#elif defined(__aarch64__)
    asm volatile("isb"); // `yield` does nothing on most cores
#endif
}

// Passes about a microsecond without touching memory that others use.
void back_off() noexcept;

// Between two looks at a lock that is taken, for who wants it next. The owner, whose cache has the lines now, does a few
// dozen steps meanwhile, instead of losing the lines after each. The more looks it took, the less likely the owner is
// running: then this thread leaves it the processor.
void wait_for_owner(unsigned looks) noexcept;

// Between two looks at what a writer is changing, for who wants to read it as soon as it is whole.
void wait_for_writer(unsigned looks) noexcept;

} // namespace ungil::sync
