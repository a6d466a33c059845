// The one word of a OnceGate:
//
//     idle      0
//     done      1
//     running   thread number (54 bits) | waits (8 bits) | 1 | awaited (1 bit)
//
// `waits` is how many waits of the running thread the run interrupts: a signal's handler runs inside a wait and may
// begin a run there, which can end whatever becomes of the waits outside it. From 255 on it is taken for a run that
// cannot, so that a circle may be seen where there is none.
#pragma once

#include <cstdint>

namespace ungil::sync::once_word {

inline constexpr std::uint64_t idle = 0;
inline constexpr std::uint64_t done = 1;
inline constexpr std::uint64_t awaited = 1;
inline constexpr std::uint64_t running = 2;
inline constexpr unsigned most_waits = 255;

inline std::uint64_t running_in(std::uint64_t thread, unsigned waits) noexcept {
    return thread << 10 | std::uint64_t{waits < most_waits ? waits : most_waits} << 2 | running;
}

inline bool is_running(std::uint64_t word) noexcept {
    return (word & running) != 0;
}

// 0, which is no thread's, for a word that is not running.
inline std::uint64_t thread_of(std::uint64_t word) noexcept {
    return word >> 10;
}

inline unsigned waits_of(std::uint64_t word) noexcept {
    return static_cast<unsigned>(word >> 2) & most_waits;
}

} // namespace ungil::sync::once_word
