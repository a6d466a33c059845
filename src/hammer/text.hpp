// The machine code in which threads are stopped.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace ungil::hammer {

// Addresses from `begin` up to, and without, `end`.
struct Range {
    std::uintptr_t begin;
    std::uintptr_t end;

    bool has(std::uintptr_t address) const noexcept { return address >= begin && address < end; }
};

// Read by signal handlers while threads run, written between runs only.
struct Text {
    std::vector<Range> home;   // the tested extension: each of its instructions is a place to stop
    std::vector<Range> beyond; // what it calls into and is stopped in as well

    static bool any(const std::vector<Range>& ranges, std::uintptr_t address) noexcept {
        return std::any_of(ranges.begin(), ranges.end(), [&](const Range& range) { return range.has(address); });
    }
    bool is_home(std::uintptr_t address) const noexcept { return any(home, address); }
    bool is_stepped(std::uintptr_t address) const noexcept { return is_home(address) || any(beyond, address); }
};

} // namespace ungil::hammer
