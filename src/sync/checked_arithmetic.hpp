// Sums and differences of 64 bits that say when they do not fit: overflow of a signed integer is undefined in C++.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>

namespace ungil::sync {

using Int64Limits = std::numeric_limits<std::int64_t>;

inline std::optional<std::int64_t> checked_add(std::int64_t a, std::int64_t b) noexcept {
    const bool fits = b >= 0 ? a <= Int64Limits::max() - b : a >= Int64Limits::min() - b;
    return fits ? std::optional(a + b) : std::nullopt;
}

inline std::optional<std::int64_t> checked_subtract(std::int64_t a, std::int64_t b) noexcept {
    const bool fits = b >= 0 ? a >= Int64Limits::min() + b : a <= Int64Limits::max() + b;
    return fits ? std::optional(a - b) : std::nullopt;
}

} // namespace ungil::sync
