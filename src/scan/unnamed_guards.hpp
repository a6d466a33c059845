#pragma once

#include "scan/project.hpp"

namespace ungil::scan {

// A guard that is made and destroyed in one statement, `std::lock_guard<std::mutex>(mutex);`, with nothing to hold it.
struct UnnamedGuard {
    uint32_t function;
    uint32_t token; // of the guard's type
};

std::vector<UnnamedGuard> find_unnamed_guards(const Tree& tree);

} // namespace ungil::scan
