#pragma once

#include "scan/project.hpp"

namespace ungil::scan {

// How a value that was read from a field is used later.
enum class StaleKind : uint8_t {
    Write, // `n = self->count; ...; self->count = n + 1`
    Index, // `n = self->count; ...; self->items[n]`
    Bound, // `n = self->count; while (i < n) { self->items[i]; ... }`
};

// In a critical section, a use of what a field held before. Whether something in between lets others in is not asked here.
struct StaleUse {
    StaleKind kind;
    std::string_view field;
    uint32_t read; // token of the field where it was read
    uint32_t use;  // token of the use
    Range between; // the tokens in which a call makes the value stale
};

// Of one function, in source order: between the begin and the end of each of its critical sections, and in all of it where
// its callers hold one.
std::vector<StaleUse> find_stale_uses(const FileFacts& file, uint32_t function);

} // namespace ungil::scan
