#pragma once

#include <cstdint>

namespace ungil::scan {

// A function of the project: which file, which of its functions.
struct Place {
    uint32_t file;
    uint32_t function;
};

inline bool operator==(Place a, Place b) {
    return a.file == b.file && a.function == b.function;
}

} // namespace ungil::scan
