// How far apart two words must be for two cores not to fight over them.
#pragma once

#include <cstddef>

namespace ungil::sync {

// A write takes the whole line away from every other core. A value on the line of its object header would take away the
// type pointer that each method call reads first, and two small objects side by side would slow each other down though
// nobody shares them. std::hardware_destructive_interference_size is missing from libc++ and warned about by GCC.
inline constexpr std::size_t cache_line = 64;

} // namespace ungil::sync
