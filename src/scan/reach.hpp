#pragma once

#include "scan/project.hpp"

namespace ungil::scan {

// On which ways a function is entered. Bits.
enum Reach : uint8_t {
    kUnreached = 0,
    kAtRunTime = 1,    // by Python, or from outside the project, at any time
    kConstructing = 2, // by tp_new or tp_init
};

// One value per function of each file.
template <typename Value>
using PerFunction = std::vector<std::vector<Value>>;

template <typename Value>
PerFunction<Value> per_function(const std::vector<FileFacts>& files) {
    PerFunction<Value> result;
    for (const FileFacts& file : files) {
        result.emplace_back(file.bodies.size());
    }
    return result;
}

// Does the function begin a way, rather than continue one: Python calls it, or code outside the project may?
bool is_entered(const FileFacts& file, uint32_t function);

PerFunction<uint8_t> find_reach(const std::vector<FileFacts>& files);

} // namespace ungil::scan
