// The one word of a OnceGate:
//
//     idle      0
//     done      1
//     running   thread number (54 bits) | 0 (8 bits) | 1 | awaited (1 bit)
#pragma once

#include <cstdint>

namespace ungil::sync::once_word {

inline constexpr std::uint64_t idle = 0;
inline constexpr std::uint64_t done = 1;
inline constexpr std::uint64_t awaited = 1;
inline constexpr std::uint64_t running = 2;

inline std::uint64_t running_in(std::uint64_t thread) noexcept {
    return thread << 10 | running;
}

inline bool is_running(std::uint64_t word) noexcept {
    return (word & running) != 0;
}

// 0, which is no thread's, for a word that is not running.
inline std::uint64_t thread_of(std::uint64_t word) noexcept {
    return word >> 10;
}

} // namespace ungil::sync::once_word
