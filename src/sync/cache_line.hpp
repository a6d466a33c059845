// How far apart two words must be for two cores not to fight over them, and how to have a line before it is needed.
#pragma once

namespace ungil::sync {

// A write takes the whole line away from every other core. A value on the line of its object header would take away the
// type pointer that each method call reads first, and two small objects side by side would slow each other down though
// nobody shares them. std::hardware_destructive_interference_size is missing from libc++ and warned about by GCC.
inline constexpr decltype(sizeof 0) cache_line = 64;

// Processors fetch lines in pairs: what one core writes all the time and another reads next to it stands this far apart.
inline constexpr decltype(sizeof 0) cache_line_pair = 2 * cache_line;

// Asks for the line of `address`, to write to it soon. Only a hint: `address` need not even be valid.
inline void prefetch_for_write(const void* address) noexcept {
#if defined(__GNUC__)
    __builtin_prefetch(address, 1);
#else
    static_cast<void>(address);
#endif
}

} // namespace ungil::sync
