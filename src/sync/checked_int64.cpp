// What CheckedInt64 does with values that are near the end of 64 bits, or beyond what one addition may reach.
#include "sync/checked_int64.hpp"

namespace ungil::sync {

std::int64_t CheckedInt64::get_away() noexcept {
    const SpinGuard guard(lock_);
    const std::int64_t word = word_.load();
    return is_away(word) ? away_ : word;
}

std::optional<std::int64_t> CheckedInt64::add_slowly(std::int64_t delta) noexcept {
    return change([delta](std::int64_t now) { return checked_add(now, delta); }).after;
}

// For an addition that did not begin `here`.
std::optional<std::int64_t> CheckedInt64::finish_add(std::int64_t before, std::int64_t delta) noexcept {
    if (is_away(before)) {
        return add_slowly(delta);
    }
    change_locked([](std::int64_t now) { return std::optional(now); }); // counted; take the value off the edge
    return before + delta;
}

} // namespace ungil::sync
