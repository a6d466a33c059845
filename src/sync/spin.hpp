// Waiting for a thread that is a few instructions from letting go.
#pragma once

#include <thread>

#if defined(__x86_64__) || defined(__i386__) || defined(_M_X64) || defined(_M_IX86)
#include <immintrin.h>
#endif

namespace ungil::sync {

// A hint to the processor that this is a loop that waits; it costs tens of cycles, which the other side can use.
inline void pause_processor() noexcept {
#if defined(__x86_64__) || defined(__i386__) || defined(_M_X64) || defined(_M_IX86)
    _mm_pause();
#elif defined(__aarch64__)
    asm volatile("isb"); // `yield` does nothing on most cores
#endif
}

// One turn of such a loop at a time; every so often it offers the processor to the thread waited for, which may have
// been taken off it. The waiter stays attached, so this is only for what a thread does between two safe points.
class Spinner {
  public:
    void wait() noexcept {
        pause_processor();
        if (++turns_ % turns_before_yield == 0) {
            std::this_thread::yield();
        }
    }

  private:
    static constexpr unsigned turns_before_yield = 64;
    unsigned turns_ = 0;
};

} // namespace ungil::sync
